/** The memory of another process, as the operating system counts it. */
import { execFileSync } from 'node:child_process';

/** Resident set size in megabytes. */
export function residentMegabytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim()) / 1024;
}
