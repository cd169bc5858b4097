-- rows --
-- What a node works on is the head, or shares the head's burst. A job that was opened again after
-- its lane had been claimed is first in it, but not what runs: its `run_at` is later.
with found as (
    select job.*, lane.owner, lane.next_at, (
        select head.id from job head
        where head.lane = job.lane and head.state = 'open'
            and (lane.owner is null or coalesce(head.run_at <= lane.claimed_at, true))
        order by head.id limit 1
    ) as head
    from json_each(?1) given
    join job on job.id = given.value
    left join lane on lane.name = job.lane
), seen as (
    select found.*, found.state = 'open' and found.owner is not null and (
        found.id = found.head or found.burst = (select burst from job where id = found.head)
    ) as running
    from found
)
select json_group_array(json_array(
    id, key, queue, lane, state, json(iif(running, 'true', 'false')), attempts, crashes,
    created_at, due, type, reason, json(iif(tried, 'true', 'false'))
))
from (
    select
        seen.id, seen.key, substr(seen.lane, 1, instr(seen.lane, '/') - 1) as queue,
        substr(seen.lane, instr(seen.lane, '/') + 1) as lane, seen.state, coalesce(running, 0) as running,
        seen.attempts, seen.crashes, seen.created_at,
        iif(seen.state = 'open' and seen.owner is null and seen.id = seen.head, seen.next_at, null)
            as due,
        event.type,
        coalesce(iif(seen.state = 'open', null, seen.result), (
            select error from attempt where job = seen.id and error is not null
            order by n desc limit 1
        )) as reason,
        seen.first_tried is not null as tried
    from seen left join event on event.id = seen.event
    order by seen.id desc
)

-- known --
-- The jobs of these keys or `#<id>`, and the deliveries of events of these keys.
select json_group_array(id) from (
    select id from job where key in (select value from json_each(?1))
    union
    select id from job where id in (
        select cast(substr(value, 2) as integer) from json_each(?1)
        where value glob '#[0-9]*' and substr(value, 2) not glob '*[^0-9]*'
    )
    union
    select job.id from event join job on job.event = event.id
    where event.key in (select value from json_each(?1))
)

-- effects --
-- Their keys begin with the key of what made them. Pairs (job, effect).
select json_group_array(json_array(job.id, effect.id))
from json_each(?1) given
join job on job.id = given.value
join job effect on effect.key > job.key || '#' and effect.key < job.key || '$'

-- details --
select json_group_array(json_array(
    job.id, event.key, event.account, event.received_at, lane.claimed_at, null,
    iif(job.event is null, job.body, ''), job.result
))
from json_each(?1) given
join job on job.id = given.value
left join lane on lane.name = job.lane
left join event on event.id = job.event

-- attempts --
select json_group_array(json_array(job, n, started, ended, error))
from json_each(?1) given join attempt on attempt.job = given.value

-- queues --
with jobs as (
    select
        substr(lane, 1, instr(lane, '/') - 1) as name, sum(state = 'open') as open,
        sum(state = 'done') as done, sum(state = 'dead') as dead,
        sum(state = 'withdrawn') as withdrawn
    from job group by 1
), lanes as (
    select
        queue as name, min(iif(owner is null and next_at <= ?1, next_at, null)) as oldest,
        sum(suspect > 0) as suspects
    from lane group by 1
), taken as (
    select name, queue, (
        select id from job
        where job.lane = lane.name and state = 'open' and coalesce(run_at <= claimed_at, true)
        order by id limit 1
    ) as head
    from lane where owner is not null
), works as (
    select taken.queue as name, count(*) as running
    from taken join job on job.lane = taken.name and job.state = 'open' and (
        job.id = taken.head or job.burst = (select burst from job where id = taken.head)
    )
    group by 1
), names as (
    select name from jobs union select name from lanes union select name from queue
)
select
    name, coalesce(open, 0) - coalesce(running, 0), coalesce(running, 0), coalesce(done, 0),
    coalesce(dead, 0), coalesce(withdrawn, 0), oldest, coalesce(suspects, 0),
    coalesce(paused, iif(paused_until > ?1, reason, null), ''),
    iif(paused is null and paused_until > ?1, paused_until, null), owner
from names
left join jobs using (name) left join lanes using (name) left join works using (name)
left join queue using (name)
order by name

-- sizes --
-- Of each table with its indexes.
select tbl_name, sum(pgsize)
from dbstat join sqlite_master using (name)
where aggregate = true group by 1

-- at_rest --
-- Those of the given jobs that are not done and that nobody works on (see `rows`).
with found as (
    select job.*, lane.owner, (
        select head.id from job head
        where head.lane = job.lane and head.state = 'open'
            and coalesce(head.run_at <= lane.claimed_at, true)
        order by head.id limit 1
    ) as head
    from json_each(?1) given
    join job on job.id = given.value
    left join lane on lane.name = job.lane
)
select json_group_array(json_array(id, key, lane, state, burst))
from (
    select id, key, lane, state, burst from found
    where state in ('dead', 'withdrawn') or state = 'open' and not (owner is not null and (
        id = head or coalesce(burst = (select burst from job where id = found.head), false)
    ))
    order by id
)

-- reopen --
update job set
    state = 'open', attempts = 0, crashes = 0, run_at = ?2, first_tried = null, result = null
where id in (select value from json_each(?1))

-- part --
-- What was to run together with a job that begins anew may be put together anew.
update job set burst = null
where state = 'open' and lane in (select value from json_each(?1))
    and burst in (select value from json_each(?2))

-- reschedule --
-- A lane that nobody works on is due when its head is.
update lane set (next_at, suspect) = (
    select min(due), coalesce(max(suspect), 0) from (
        select coalesce(run_at, ?2) as due, iif(crashes >= ?3, crashes, 0) as suspect
        from job where job.lane = lane.name and state = 'open' order by id limit 1
    )
)
where owner is null and name in (select value from json_each(?1))

-- withdraw --
update job set state = 'withdrawn', run_at = null, result = ?2
where id in (select value from json_each(?1))

-- record --
insert into attempt (job, n, started, ended, error)
select value, 1 + coalesce((select max(n) from attempt where job = value), 0), ?2, ?2, ?3
from json_each(?1)

-- deliveries --
select json_group_array(json_array(key, event, lane, body, together))
from (
    select job.* from json_each(?1) given
    join job on job.id = given.value
    join event on event.id = job.event
    order by job.id
)

-- known_keys --
select json_group_array(job.key) from json_each(?1) given join job on job.key = given.value

-- last_job --
select coalesce(max(id), 0) from job

-- pause --
insert into queue (name, paused) values (?1, ?2)
on conflict (name) do update set paused = excluded.paused

-- resume --
update queue set paused = null, paused_until = null, reason = null where name = ?1

-- lanes --
select json_group_array(?2 || substr(name, length(?1) + 1)), count(owner)
from lane where queue = ?1

-- rename --
-- As if opened again now: a lane that is worked on meanwhile may get a new head.
update job set lane = ?2 || substr(lane, length(?1) + 1), run_at = max(coalesce(run_at, ?3), ?3)
where state = 'open' and lane > ?1 || '/' and lane < ?1 || '0'

-- forget_lanes --
delete from lane where queue = ?1

-- next_events --
-- The newest event stays, whatever its age: the id of the next one follows from it.
select json_group_array(json_array(id, received_at)) from (
    select id, received_at from event
    where id > ?1 and id < (select max(id) from event) order by id limit ?2
)

-- deliveries_of --
select json_group_array(json_array(job.event, job.id))
from json_each(?1) given join job on job.event = given.value

-- next_jobs --
-- What belongs to an event goes with that, and an effect with what made it.
select json_group_array(json_array(
    id, created_at, json(iif(event is null and not exists (
        select 1 from job maker where maker.id = job.parent
    ), 'true', 'false'))
))
from (
    select id, created_at, event, parent from job
    where id > ?1 and id < (select max(id) from job) order by id limit ?2
) as job

-- trees --
-- Given pairs (tree, job), all jobs of each tree, as `Leaf`.
with tree (root, id) as (
    select value ->> 0, value ->> 1 from json_each(?1)
    union
    select value ->> 0, effect.id
    from json_each(?1) given
    join job on job.id = given.value ->> 1
    join job effect on effect.key > job.key || '#' and effect.key < job.key || '$'
)
select json_group_array(json_array(root, job.id, job.lane, iif(job.state = 'open', null,
    coalesce((select ended from attempt where job = job.id order by n desc limit 1), created_at)
), json(iif(job.state = 'dead', 'true', 'false'))))
from tree join job on job.id = tree.id

-- forget_attempts --
delete from attempt where job in (select value from json_each(?1))

-- forget_jobs --
delete from job where id in (select value from json_each(?1))

-- forget_events --
delete from event where id in (select value from json_each(?1))

-- forget_idle --
delete from lane
where owner is null and next_at is null and name in (select value from json_each(?1))

-- forget_withdrawals --
delete from withdrawal where event_key in (
    select event_key from withdrawal where at < ?1 limit ?2
)
