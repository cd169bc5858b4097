-- rows --
-- What a node works on is the head, or shares the head's burst. A job that was opened again after
-- its lane had been claimed is first in it, but not what runs: its `run_at` is later.
with seen as (
    select
        job.*, lane.owner, lane.next_at, head.id as head,
        lane.owner is not null and (job.id = head.id or coalesce(job.burst = head.burst, false))
            as running
    from larkgate.job
    left join larkgate.lane on lane.name = job.lane
    left join lateral (
        select first.id, first.burst from larkgate.job first
        where first.lane = job.lane and first.state = 'open'
            and (lane.owner is null or coalesce(first.run_at <= lane.claimed_at, true))
        order by first.id limit 1
    ) head on job.state = 'open'
    where job.id = any($1::bigint[])
)
select
    seen.id, seen.key, split_part(seen.lane, '/', 1),
    substr(seen.lane, strpos(seen.lane, '/') + 1), seen.state, coalesce(seen.running, false),
    seen.attempts, seen.crashes, seen.created_at,
    case when seen.owner is null and seen.id = seen.head then seen.next_at end, event.type,
    coalesce(case when seen.state <> 'open' then seen.result end, (
        select error from larkgate.attempt where job = seen.id and error is not null
        order by n desc limit 1
    )),
    seen.first_tried is not null
from seen left join larkgate.event on event.id = seen.event
order by seen.id desc

-- no_jit --
-- For this transaction: compiling takes longer than looking.
select set_config('jit', 'off', true)

-- known --
-- The jobs of these keys or `#<id>`, and the deliveries of events of these keys.
select id from larkgate.job where key = any($1::text[])
union
select id from larkgate.job where id = any(array(
    select substr(key, 2)::bigint from unnest($1::text[]) key where key ~ '^#[0-9]{1,18}$'
))
union
select job.id from larkgate.event join larkgate.job on job.event = event.id
where event.key = any($1::text[])
order by id

-- effects --
-- Their keys begin with the key of what made them. Pairs (job, effect).
select job.id, effect.id
from larkgate.job
join larkgate.job effect on effect.key > job.key || '#' and effect.key < job.key || '$'
where job.id = any($1::bigint[])

-- details --
select
    job.id, event.key, event.account, event.received_at, lane.claimed_at, lane.owner,
    case when job.event is null then job.body else '' end, job.result
from larkgate.job
left join larkgate.lane on lane.name = job.lane
left join larkgate.event on event.id = job.event
where job.id = any($1::bigint[])

-- attempts --
select job, n, started, ended, error from larkgate.attempt where job = any($1::bigint[])
order by job, n

-- queues --
with jobs as (
    select
        split_part(lane, '/', 1) as name, count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'done') as done,
        count(*) filter (where state = 'dead') as dead,
        count(*) filter (where state = 'withdrawn') as withdrawn
    from larkgate.job group by 1
), lanes as (
    select
        queue as name,
        min(next_at) filter (where owner is null and next_at <= larkgate.larkgate_now()) as oldest,
        count(*) filter (where suspect > 0) as suspects
    from larkgate.lane group by 1
), works as (
    select lane.queue as name, count(*) as running
    from larkgate.lane
    cross join lateral (
        select first.id, first.burst from larkgate.job first
        where first.lane = lane.name and first.state = 'open'
            and coalesce(first.run_at <= lane.claimed_at, true)
        order by first.id limit 1
    ) head
    join larkgate.job on job.lane = lane.name and job.state = 'open'
        and (job.id = head.id or job.burst = head.burst)
    where lane.owner is not null
    group by 1
), names as (
    select name from jobs union select name from lanes union select name from larkgate.queue
)
select
    name, coalesce(open, 0) - coalesce(running, 0), coalesce(running, 0), coalesce(done, 0),
    coalesce(dead, 0), coalesce(withdrawn, 0), oldest, coalesce(suspects, 0),
    coalesce(
        paused, case when paused_until > larkgate.larkgate_now() then reason end, ''
    ),
    case when paused is null and paused_until > larkgate.larkgate_now() then paused_until end,
    owner
from names
left join jobs using (name) left join lanes using (name) left join works using (name)
left join larkgate.queue using (name)
order by name

-- nodes --
select id, host, pid, role, version, routers, started, lease_until
from larkgate.node order by started, id

-- sizes --
-- Of each table with its indexes.
select relname, pg_total_relation_size(oid)
from pg_class where relnamespace = 'larkgate'::regnamespace and relkind = 'r'

-- lanes_of --
select distinct lane from larkgate.job where id = any($1::bigint[])

-- lock_lanes --
-- In one sorted pass, those that were forgotten with the rest: who accepts and settles goes the
-- same way.
insert into larkgate.lane (name, queue)
select name, split_part(name, '/', 1) from unnest($1::text[]) name order by name collate "C"
on conflict (name) do update set queue = excluded.queue

-- at_rest --
-- Those of the given jobs that are not done and that nobody works on (see `rows`).
select job.id, job.key, job.lane, job.state, job.burst
from larkgate.job
join larkgate.lane on lane.name = job.lane
left join lateral (
    select first.id, first.burst from larkgate.job first
    where first.lane = job.lane and first.state = 'open'
        and coalesce(first.run_at <= lane.claimed_at, true)
    order by first.id limit 1
) head on lane.owner is not null
where job.id = any($1::bigint[]) and (
    job.state in ('dead', 'withdrawn') or job.state = 'open' and not (
        lane.owner is not null
        and (job.id = head.id or coalesce(job.burst = head.burst, false))
    )
)
order by job.id

-- reopen --
update larkgate.job set
    state = 'open', attempts = 0, crashes = 0, run_at = larkgate.larkgate_now(),
    first_tried = null, result = null
where id = any($1::bigint[])

-- part --
-- What was to run together with a job that begins anew may be put together anew.
update larkgate.job set burst = null
where state = 'open' and lane = any($1::text[]) and burst = any($2::bigint[])

-- reschedule --
-- A lane that nobody works on is due when its head is.
update larkgate.lane set next_at = head.due, suspect = coalesce(head.suspect, 0)
from unnest($1::text[]) given (name)
left join lateral (
    select
        coalesce(job.run_at, larkgate.larkgate_now()) as due,
        case when job.crashes >= $2 then job.crashes else 0 end as suspect
    from larkgate.job
    where job.lane = given.name and job.state = 'open' order by job.id limit 1
) head on true
where lane.name = given.name and lane.owner is null

-- withdraw --
update larkgate.job set state = 'withdrawn', run_at = null, result = $2
where id = any($1::bigint[])

-- record --
insert into larkgate.attempt (job, n, started, ended, error)
select
    id, 1 + coalesce((select max(n) from larkgate.attempt where job = id), 0), larkgate.larkgate_now(),
    larkgate.larkgate_now(), $2
from unnest($1::bigint[]) id

-- deliveries --
-- Their events stay until this is written: `prune` passes over what is locked.
select job.key, job.event, job.lane, job.body, job.together
from larkgate.job join larkgate.event on event.id = job.event
where job.id = any($1::bigint[])
order by job.id
for key share of event

-- deliver --
insert into larkgate.job (key, event, lane, body, together, created_at)
select key, event, lane, body, together, larkgate.larkgate_now()
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
    with ordinality given (key, event, lane, body, together, place)
order by place
on conflict (key) do nothing
returning id, key

-- pause --
insert into larkgate.queue (name, paused) values ($1, $2)
on conflict (name) do update set paused = excluded.paused

-- resume --
update larkgate.queue set paused = null, paused_until = null, reason = null where name = $1

-- lanes --
select name from larkgate.lane where queue = $1

-- owned --
select count(*) from larkgate.lane where name = any($1::text[]) and owner is not null

-- rename --
-- As if opened again now: a lane that is worked on meanwhile may get a new head.
update larkgate.job set
    lane = $2::text || substr(lane, length($1::text) + 1),
    run_at = greatest(run_at, larkgate.larkgate_now())
where state = 'open' and lane = any($3::text[])

-- forget_lanes --
delete from larkgate.lane where name = any($1::text[])

-- keep_alone --
-- One node at a time.
select pg_try_advisory_xact_lock(7524110938)

-- now --
select larkgate.larkgate_now()

-- next_events --
select id, received_at from larkgate.event where id > $1 order by id limit $2

-- lock_events --
select id from larkgate.event where id = any($1::bigint[]) order by id for update skip locked

-- deliveries_of --
select event, id from larkgate.job where event = any($1::bigint[])

-- next_jobs --
-- What belongs to an event goes with that, and an effect with what made it.
select id, created_at, event is null and (
    select maker.id from larkgate.job maker where maker.id = job.parent
) is null
from larkgate.job where id > $1 order by id limit $2

-- trees --
-- Given jobs and the trees they are in, all pairs (tree, job).
with given as (
    select * from unnest($1::bigint[], $2::bigint[]) given (root, id)
)
select root, id from given
union
select given.root, effect.id
from given
join larkgate.job on job.id = given.id
join larkgate.job effect on effect.key > job.key || '#' and effect.key < job.key || '$'

-- leaves --
-- What somebody changes at this moment is missing.
select
    id, lane, case when state <> 'open' then coalesce((
        select ended from larkgate.attempt where job = job.id order by n desc limit 1
    ), created_at) end,
    state = 'dead'
from larkgate.job where id = any($1::bigint[]) order by id for update skip locked

-- forget_attempts --
delete from larkgate.attempt where job = any($1::bigint[])

-- forget_jobs --
delete from larkgate.job where id = any($1::bigint[])

-- forget_events --
delete from larkgate.event where id = any($1::bigint[])

-- forget_idle --
delete from larkgate.lane where name in (
    select name from larkgate.lane
    where name = any($1::text[]) and owner is null and next_at is null
    order by name for update skip locked
)

-- forget_withdrawals --
delete from larkgate.withdrawal where event_key in (
    select event_key from larkgate.withdrawal where at < $1 limit $2
)
