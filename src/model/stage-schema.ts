/** The keys of a measure that make it more than an aggregate over the rows of its group (see stages.ts). */
import { z } from 'zod';
import { INTERVAL_UNITS } from './measure-stages.ts';
import { flag, keysOf, sql, text } from './schema-parts.ts';

const dimensionNames = z.array(z.string(), { error: 'must be a list of dimensions' });

const rollingWindow = keysOf({
  type: z.enum(['fixed', 'to_date', 'year_to_date', 'quarter_to_date', 'month_to_date']).optional(),
  trailing: text.optional().meta({ description: 'As "7 day" or "unbounded".' }),
  leading: text.optional().meta({ description: 'As "7 day" or "unbounded".' }),
  offset: z.enum(['start', 'end']).optional(),
  granularity: z.enum(INTERVAL_UNITS).optional(),
});

const timeShift = keysOf({
  time_dimension: z.string().optional(),
  interval: text.optional().meta({ description: 'As "1 year".' }),
  type: z.enum(['prior', 'next']).optional(),
  name: z.string().optional().meta({ description: 'Of a calendar cube; not supported yet.' }),
});

export const stageKeys = {
  multi_stage: flag.optional(),
  rolling_window: rollingWindow.optional(),
  time_shift: z.array(timeShift, { error: 'must be a list of shifts' }).optional(),
  group_by: dimensionNames.optional(),
  reduce_by: dimensionNames.optional(),
  add_group_by: dimensionNames.optional(),
  grain: keysOf({
    keep_only: dimensionNames.optional(),
    exclude: dimensionNames.optional(),
    include: dimensionNames.optional(),
  }).optional(),
  order_by: z
    .array(keysOf({ sql, dir: z.enum(['asc', 'desc']).optional() }), { error: 'must be a list of {sql, dir}' })
    .optional(),
};
