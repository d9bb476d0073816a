export function lower(text: string): string;
