/**
 * Checkpoints of form 2 sign the root of a Merkle tree over all heads, so that a bundle proves its own chains with a
 * few hashes and shows nothing of the others. Those of form 1 keep the hash that they were signed over.
 * Undo: drop function merkle_root; alter table checkpoint drop column format (when none of form 2 was written).
 */
export const sql = `
alter table checkpoint add column format int not null default 1 check (format in (1, 2));
alter table checkpoint alter column format drop default;

-- As RFC 6962 shapes it: pairs from the left, the odd one rises as it is.
create function merkle_root(leaves bytea[]) returns bytea language plpgsql immutable parallel safe
  set search_path = pg_catalog as $$
declare
  level bytea[] := leaves;
begin
  if coalesce(cardinality(level), 0) = 0 then return sha256(''::bytea); end if;
  while cardinality(level) > 1 loop
    select array_agg(node order by pair) into level from (
      select (n - 1) / 2 as pair,
        case when count(*) = 2 then sha256('\\x01'::bytea || string_agg(hash, ''::bytea order by n)) else (array_agg(hash))[1] end as node
      from unnest(level) with ordinality as of_level(hash, n) group by 1) nodes;
  end loop;
  return level[1];
end $$;
`;
