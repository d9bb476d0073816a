/** Commands that are no query and not the session's own, as PostgreSQL tags them (src/include/tcop/cmdtaglist.h). */
import type { NodeOf, TaggedNode } from './libpg-tree.ts';

type Command = { readonly tag: string; readonly writes: boolean };
type ObjectType = NonNullable<NodeOf<'DropStmt'>['removeType']>;

/** Anything that no table here names counts as a write: refused either way, and the stricter word is the safe one. */
export function commandTag(found: TaggedNode): Command {
  switch (found.kind) {
    case 'DropStmt':
      return write('DROP', found.node.removeType);
    case 'AlterTableStmt':
      return write('ALTER', found.node.objtype);
    case 'RenameStmt':
      return write(
        'ALTER',
        found.node.renameType === 'OBJECT_COLUMN' ? found.node.relationType : found.node.renameType,
      );
    case 'AlterOwnerStmt':
      return write('ALTER', found.node.objectType);
    case 'AlterObjectSchemaStmt':
      return write('ALTER', found.node.objectType);
    case 'AlterFunctionStmt':
      return write('ALTER', found.node.objtype);
    case 'DefineStmt':
      return write('CREATE', found.node.kind);
    case 'CreateTableAsStmt':
      // PostgreSQL lets a read-only transaction make temporary tables; here they are not supported.
      if (found.node.into?.rel?.relpersistence === 't') return { tag: 'CREATE TEMPORARY TABLE AS', writes: false };
      return write('CREATE', found.node.objtype, found.node.objtype === 'OBJECT_MATVIEW' ? '' : ' AS');
    case 'CreateStmt':
      if (found.node.relation?.relpersistence === 't') return { tag: 'CREATE TEMPORARY TABLE', writes: false };
      return { tag: 'CREATE TABLE', writes: true };
    case 'CreateFunctionStmt':
      return { tag: found.node.is_procedure ? 'CREATE PROCEDURE' : 'CREATE FUNCTION', writes: true };
    case 'GrantStmt':
      return { tag: found.node.is_grant ? 'GRANT' : 'REVOKE', writes: true };
    case 'GrantRoleStmt':
      return { tag: found.node.is_grant ? 'GRANT ROLE' : 'REVOKE ROLE', writes: true };
    case 'VacuumStmt':
      return { tag: found.node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE', writes: false };
    default: {
      const writing = WRITES[found.kind];
      if (writing !== undefined) return { tag: writing, writes: true };
      const other = OTHERS[found.kind];
      return { tag: other ?? found.kind.replace(/Stmt$/, ''), writes: other === undefined };
    }
  }
}

/** `DROP` and OBJECT_FOREIGN_TABLE → DROP FOREIGN TABLE */
function write(verb: string, object: ObjectType | undefined, suffix = ''): Command {
  const name =
    object === undefined ? '' : (OBJECT_NAMES[object] ?? object.slice('OBJECT_'.length).replaceAll('_', ' '));
  return { tag: `${verb} ${name}${suffix}`.trim(), writes: true };
}

/** Object types whose name in a tag is not their name in words. */
const OBJECT_NAMES: Partial<Record<ObjectType, string>> = {
  OBJECT_ATTRIBUTE: 'TYPE',
  OBJECT_COLUMN: 'TABLE',
  OBJECT_DOMCONSTRAINT: 'DOMAIN',
  OBJECT_FDW: 'FOREIGN DATA WRAPPER',
  OBJECT_FOREIGN_SERVER: 'SERVER',
  OBJECT_LARGEOBJECT: 'LARGE OBJECT',
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_OPCLASS: 'OPERATOR CLASS',
  OBJECT_OPFAMILY: 'OPERATOR FAMILY',
  OBJECT_STATISTIC_EXT: 'STATISTICS',
  OBJECT_TABCONSTRAINT: 'TABLE',
  OBJECT_TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  OBJECT_TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  OBJECT_TSPARSER: 'TEXT SEARCH PARSER',
  OBJECT_TSTEMPLATE: 'TEXT SEARCH TEMPLATE',
};

const WRITES: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  TruncateStmt: 'TRUNCATE TABLE',
  CreateForeignTableStmt: 'CREATE FOREIGN TABLE',
  CreateSchemaStmt: 'CREATE SCHEMA',
  ViewStmt: 'CREATE VIEW',
  IndexStmt: 'CREATE INDEX',
  CreateSeqStmt: 'CREATE SEQUENCE',
  CreateTrigStmt: 'CREATE TRIGGER',
  CreateEventTrigStmt: 'CREATE EVENT TRIGGER',
  CreateDomainStmt: 'CREATE DOMAIN',
  CompositeTypeStmt: 'CREATE TYPE',
  CreateEnumStmt: 'CREATE TYPE',
  CreateRangeStmt: 'CREATE TYPE',
  CreateExtensionStmt: 'CREATE EXTENSION',
  CreateFdwStmt: 'CREATE FOREIGN DATA WRAPPER',
  CreateForeignServerStmt: 'CREATE SERVER',
  CreateUserMappingStmt: 'CREATE USER MAPPING',
  CreateRoleStmt: 'CREATE ROLE',
  CreatedbStmt: 'CREATE DATABASE',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  CreatePolicyStmt: 'CREATE POLICY',
  CreatePublicationStmt: 'CREATE PUBLICATION',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  CreateStatsStmt: 'CREATE STATISTICS',
  CreateCastStmt: 'CREATE CAST',
  CreateConversionStmt: 'CREATE CONVERSION',
  CreateOpClassStmt: 'CREATE OPERATOR CLASS',
  CreateOpFamilyStmt: 'CREATE OPERATOR FAMILY',
  CreatePLangStmt: 'CREATE LANGUAGE',
  CreateTransformStmt: 'CREATE TRANSFORM',
  CreateAmStmt: 'CREATE ACCESS METHOD',
  RuleStmt: 'CREATE RULE',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  ImportForeignSchemaStmt: 'IMPORT FOREIGN SCHEMA',
  CommentStmt: 'COMMENT',
  SecLabelStmt: 'SECURITY LABEL',
  AlterSeqStmt: 'ALTER SEQUENCE',
  AlterEnumStmt: 'ALTER TYPE',
  AlterTypeStmt: 'ALTER TYPE',
  AlterDomainStmt: 'ALTER DOMAIN',
  AlterRoleStmt: 'ALTER ROLE',
  AlterRoleSetStmt: 'ALTER ROLE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterPolicyStmt: 'ALTER POLICY',
  AlterPublicationStmt: 'ALTER PUBLICATION',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  AlterStatsStmt: 'ALTER STATISTICS',
  AlterOperatorStmt: 'ALTER OPERATOR',
  AlterCollationStmt: 'ALTER COLLATION',
  DropRoleStmt: 'DROP ROLE',
  DropdbStmt: 'DROP DATABASE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  DropOwnedStmt: 'DROP OWNED',
  DropUserMappingStmt: 'DROP USER MAPPING',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
  ReassignOwnedStmt: 'REASSIGN OWNED',
};

/** Commands that change no table, and that PostgreSQL itself allows or refuses for other reasons than read-only. */
const OTHERS: Readonly<Record<string, string>> = {
  AlterSystemStmt: 'ALTER SYSTEM',
  CallStmt: 'CALL',
  CheckPointStmt: 'CHECKPOINT',
  ClusterStmt: 'CLUSTER',
  DoStmt: 'DO',
  LoadStmt: 'LOAD',
  LockStmt: 'LOCK TABLE',
  NotifyStmt: 'NOTIFY',
  ReindexStmt: 'REINDEX',
};
