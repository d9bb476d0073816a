/**
 * Casts of pg_cast between the types of the closed list: `source target context error-class`;
 * context i implicit, a on assignment, e explicit. Casts from and to text through input and output functions are extra.
 * Generated from the catalog of PostgreSQL 15.18 and cut to what a query may use: no function that runs SQL, reads a
 * file, names a relation, role or setting, or has an effect. What is not listed answers 42883 as if it did not exist.
 */
export const CASTS = `
bool bpchar a may-raise
bool int4 e leakproof
bool text a may-raise
bool varchar a may-raise
bpchar bpchar i may-raise
bpchar text i may-raise
bpchar varchar i may-raise
date timestamp i may-raise
date timestamptz i may-raise
float4 float8 i leakproof
float4 int2 a may-raise
float4 int4 a may-raise
float4 int8 a may-raise
float4 numeric a leakproof
float8 float4 a may-raise
float8 int2 a may-raise
float8 int4 a may-raise
float8 int8 a may-raise
float8 numeric a leakproof
int2 float4 i leakproof
int2 float8 i leakproof
int2 int4 i leakproof
int2 int8 i leakproof
int2 numeric i leakproof
int4 bool e leakproof
int4 float4 i leakproof
int4 float8 i leakproof
int4 int2 a may-raise
int4 int8 i leakproof
int4 numeric i leakproof
int8 float4 i leakproof
int8 float8 i leakproof
int8 int2 a may-raise
int8 int4 a may-raise
int8 numeric i leakproof
interval interval i may-raise
interval time a may-raise
json jsonb a leakproof
jsonb bool e may-raise
jsonb float4 e may-raise
jsonb float8 e may-raise
jsonb int2 e may-raise
jsonb int4 e may-raise
jsonb int8 e may-raise
jsonb json a leakproof
jsonb numeric e may-raise
numeric float4 i may-raise
numeric float8 i may-raise
numeric int2 a may-raise
numeric int4 a may-raise
numeric int8 a may-raise
numeric numeric i may-raise
text bpchar i leakproof
text varchar i leakproof
time interval i leakproof
time timetz i may-raise
timestamptz timetz a may-raise
timetz time a may-raise
timetz timetz i may-raise
time time i may-raise
timestamp date a may-raise
timestamp time a may-raise
timestamp timestamp i may-raise
timestamp timestamptz i may-raise
timestamptz date a may-raise
timestamptz time a may-raise
timestamptz timestamp a may-raise
timestamptz timestamptz i may-raise
varchar bpchar i leakproof
varchar text i leakproof
varchar varchar i may-raise
`;
