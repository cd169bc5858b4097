-- schema 1 --
-- The same tables as on SQLite, in a schema of their own beside whatever else the database holds.
-- Several nodes share them. A node's lease is one row: its lanes and queues are free once it has
-- run out. Epochs come from one sequence, and fence a node that was taken for dead. The database
-- is the one clock: `larkgate_now()` is all the SQL asks for the time. Names compare by their bytes
-- (collate "C"): prefixes can be looked up, and what Python sorts the database locks in that order.
-- Every job is updated and every lane many times, so they are vacuumed early and leave room on pages.
create sequence larkgate.epoch;
create function larkgate.larkgate_now() returns double precision language sql volatile
    as $$ select extract(epoch from clock_timestamp())::double precision $$;
create table larkgate.node (
    id          text primary key,
    host        text not null,
    pid         integer not null,
    role        text not null,
    version     text not null,
    routers     text not null,
    started     double precision not null,
    lease_until double precision not null
);
create table larkgate.event (
    id          bigint generated always as identity primary key,
    key         text collate "C" not null unique,
    account     text not null,
    type        text not null,
    received_at double precision not null,
    payload     text not null
) with (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 1000
);
create table larkgate.withdrawal (
    event_key text collate "C" primary key,
    at        double precision not null
);
create table larkgate.queue (
    name         text primary key,
    owner        text,
    epoch        bigint not null default 0,
    paused_until double precision,
    reason       text,
    paused       text
);
create table larkgate.lane (
    name       text collate "C" primary key,
    queue      text not null,
    owner      text,
    epoch      bigint not null default 0,
    next_at    double precision,
    suspect    integer not null default 0,
    claimed_at double precision
) with (
    fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_limit = 2000
);
create index lane_due on larkgate.lane (queue, next_at) where next_at is not null;
create index lane_suspect on larkgate.lane (queue, suspect) where suspect > 0;
create table larkgate.job (
    id          bigint generated always as identity primary key,
    lane        text collate "C" not null,
    key         text collate "C" not null unique,
    event       bigint,
    parent      bigint,
    body        text not null,
    state       text not null default 'open',
    attempts    integer not null default 0,
    crashes     integer not null default 0,
    run_at      double precision,
    burst       bigint,
    together    text,
    first_tried double precision,
    created_at  double precision not null,
    asked       boolean not null default false,
    epoch       bigint,
    result      text
) with (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_limit = 2000
);
create index job_open on larkgate.job (lane, id) where state = 'open';
create index job_dead on larkgate.job (id) where state = 'dead';
create index job_event on larkgate.job (event) where event is not null;
create table larkgate.attempt (
    job     bigint not null,
    n       integer not null,
    started double precision not null,
    ended   double precision not null,
    error   text,
    held    boolean not null default false,
    primary key (job, n)
) with (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 1000
);

-- keep_events --
-- Sorted by the caller, like all that several nodes write at once: in another order they deadlock.
insert into larkgate.event (key, account, type, received_at, payload)
select * from unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[])
on conflict (key) do nothing
returning id, key

-- known_events --
select key from larkgate.event where key = any($1::text[])

-- forget_events --
delete from larkgate.event where id = any($1::bigint[])

-- keep_withdrawals --
insert into larkgate.withdrawal (event_key, at)
select key, larkgate.larkgate_now() from unnest($1::text[]) as given (key)
on conflict (event_key) do nothing

-- lanes_of_events --
select distinct lane from larkgate.event join larkgate.job on job.event = event.id
where event.key = any($1::text[]) and job.state = 'open'

-- lock_lanes --
-- Locks every lane in one sorted pass, so that ids are given out in the order of commits, and wakes
-- those that had nothing to do. Tells other nodes of the queues that have work now.
with woken as (
    insert into larkgate.lane (name, queue, next_at)
    select name, queue,
        case when wake then coalesce(due, (select larkgate.larkgate_now())) end
    from unnest($1::text[], $2::text[], $3::double precision[], $4::boolean[])
        as given (name, queue, due, wake)
    on conflict (name) do update set next_at = excluded.next_at
    where lane.next_at is null and lane.owner is null and excluded.next_at is not null
    returning queue, next_at
), queues as (
    select distinct queue from woken where next_at is not null
)
select case when $5::text <> '' and count(*) > 0
    then pg_notify('larkgate', left($5 || string_agg(E'\nq' || queue, ''), 1900)) end
from queues

-- add_jobs --
-- After `lock_lanes`. Of a withdrawn event they are kept as withdrawn.
insert into larkgate.job
    (lane, key, event, parent, body, run_at, together, created_at, state, result)
select lane, key, event, parent, body, run_at, together, (select larkgate.larkgate_now()),
    case when withdrawal.at is null then 'open' else 'withdrawn' end,
    case when withdrawal.at is not null then $9::text end
from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::double precision[],
    $7::text[], $8::text[]
) with ordinality
    as given (lane, key, event, parent, body, run_at, together, event_key, position)
left join larkgate.withdrawal on withdrawal.event_key = given.event_key
order by position
on conflict (key) do nothing

-- fenced --
-- After `lock_lanes`. An open job counts for who has its lane, one that is over for who ended it.
select job.id from unnest($1::bigint[], $2::text[], $3::bigint[]) as given (id, lane, epoch)
join larkgate.job on job.id = given.id
join larkgate.lane on lane.name = given.lane
where case when job.state = 'open'
    then lane.owner is null or lane.epoch <> given.epoch
    else job.epoch is distinct from given.epoch
end

-- withdraw --
-- Of these events' deliveries those that nobody works on.
with heads as materialized (
    select job.id, job.burst, lane.owner is not null as running
    from unnest($3::text[]) as given (name)
    join larkgate.lane on lane.name = given.name
    cross join lateral (
        select id, burst from larkgate.job
        where job.lane = lane.name and state = 'open'
            and coalesce(run_at <= lane.claimed_at, true)
        order by id limit 1
    ) job
)
update larkgate.job set state = 'withdrawn', result = $2
from larkgate.event
where event.key = any($1::text[]) and job.event = event.id and job.state = 'open'
    and not exists (
        select from heads where running and (heads.id = job.id or heads.burst = job.burst)
    )
returning job.key, job.state, job.result, job.asked

-- reschedule --
-- A statement of its own, after what became of the heads. Lanes that nobody works on.
update larkgate.lane set next_at = head.due, suspect = coalesce(head.suspect, 0)
from unnest($1::text[]) as given (name)
left join lateral (
    select coalesce(run_at, larkgate.larkgate_now()) as due,
        case when crashes >= 2 then crashes else 0 end as suspect
    from larkgate.job where job.lane = given.name and state = 'open' order by id limit 1
) head on true
where lane.name = given.name and lane.owner is null
returning lane.queue

-- find --
select key, state, result from larkgate.job where key = any($1::text[])

-- ask --
-- Whoever settles them tells all nodes.
update larkgate.job set asked = true where key = any($1::text[]) and state = 'open' and not asked

-- pauses --
select name, paused_until, reason, paused from larkgate.queue
where paused is not null or paused_until > larkgate.larkgate_now()

-- counts --
select split_part(lane, '/', 1) as queue, state, count(*) as jobs from larkgate.job group by 1, 2

-- own_queue --
-- An exclusive queue is held by a node that lives; its row is locked, so that it is not taken for
-- dead meanwhile.
insert into larkgate.queue (name, owner, epoch)
select $1, id, nextval('larkgate.epoch') from larkgate.node where id = $2 for key share
on conflict (name) do update set owner = excluded.owner, epoch = excluded.epoch
where queue.owner is null or queue.owner = excluded.owner
returning name

-- take --
-- The lanes that are due longest, of queues that do not pause. A lane somebody else has locked is
-- passed over. Who takes one holds its own row, or would be taken for dead unnoticed.
with me as materialized (
    select id from larkgate.node where id = $3 for key share
), due as materialized (
    select lane.name
    from unnest($1::text[], $2::bigint[]) as wish (queue, room)
    cross join lateral (
        select name from larkgate.lane
        where lane.queue = wish.queue and next_at <= (select larkgate.larkgate_now())
            and suspect = 0
        order by next_at limit wish.room for update skip locked
    ) lane
    where not exists (
        select from larkgate.queue where queue.name = wish.queue
        and (paused is not null or paused_until > (select larkgate.larkgate_now()))
    )
)
update larkgate.lane set owner = me.id, epoch = nextval('larkgate.epoch'), next_at = null,
    claimed_at = larkgate.larkgate_now()
from due, me where lane.name = due.name
returning lane.name, lane.epoch, lane.queue, lane.claimed_at

-- due_suspects --
select name, suspect from larkgate.lane
where lane.queue = $1 and suspect > 0 and next_at <= larkgate.larkgate_now()
    and not exists (
        select from larkgate.queue where queue.name = $1
        and (paused is not null or paused_until > larkgate.larkgate_now())
    )
order by suspect desc, next_at limit $2 for update skip locked

-- take_these --
with me as materialized (
    select id from larkgate.node where id = $2 for key share
)
update larkgate.lane set owner = me.id, epoch = nextval('larkgate.epoch'), next_at = null,
    claimed_at = larkgate.larkgate_now()
from me where lane.name = any($1::text[])
returning lane.name, lane.epoch, lane.queue, lane.claimed_at

-- heads --
-- A statement of its own, after the locks: it must see what the former owners committed.
select job.id, given.lane, given.epoch, job.key, job.body, job.attempts, job.crashes,
    job.first_tried, job.parent,
    event.key, event.account, event.type, event.received_at, event.payload,
    job.burst, job.together
from unnest($1::text[], $2::bigint[]) as given (lane, epoch)
cross join lateral (
    select * from larkgate.job where job.lane = given.lane and state = 'open' order by id limit 1
) job
left join larkgate.event on event.id = job.event
where job.run_at is null or job.run_at <= (select larkgate.larkgate_now())

-- behind --
-- What waits behind each head, in order; of a burst that was claimed before, its members.
select job.id, given.lane, given.epoch, job.key, job.body, job.attempts, job.crashes,
    job.first_tried, job.parent,
    event.key, event.account, event.type, event.received_at, event.payload,
    job.burst, job.together,
    job.run_at is null or job.run_at <= (select larkgate.larkgate_now()) as due
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
    as given (lane, epoch, head, burst, room)
cross join lateral (
    select * from larkgate.job
    where job.lane = given.lane and state = 'open' and job.id > given.head
        and (given.burst is null or job.burst = given.burst)
    order by id limit given.room
) job
left join larkgate.event on event.id = job.event
order by job.id

-- bind --
update larkgate.job set burst = given.burst
from unnest($1::bigint[], $2::bigint[]) as given (id, burst)
where job.id = given.id

-- next_due --
select wish.queue, queue.paused_until, queue.paused, larkgate.larkgate_now() as now, (
    select next_at from larkgate.lane
    where lane.queue = wish.queue and next_at is not null
        and (suspect = 0 or next_at > (select larkgate.larkgate_now()))
    order by next_at limit 1
) as due
from unnest($1::text[]) as wish (queue)
left join larkgate.queue on queue.name = wish.queue

-- fresh --
-- Locks, in one sorted pass, the lanes of which somebody owns this epoch.
select name, epoch from larkgate.lane
where name = any($1::text[]) and owner is not null
order by name for update

-- begin --
update larkgate.job set first_tried = coalesce(first_tried, larkgate.larkgate_now())
where id = any($1::bigint[])

-- settle --
-- Locks the lanes in one sorted pass, and ends the runs whose lane is still theirs; whoever waits
-- for a lane here goes by its newest row.
with given as materialized (
    select * from unnest(
        $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::integer[],
        $6::double precision[], $7::text[], $8::boolean[], $9::double precision[],
        $10::double precision[], $11::text[], $12::boolean[]
    ) as given (
        id, lane, epoch, state, charge, run_at, result, undone, first_tried, started, error, record
    )
), ended as materialized (
    select given.* from given
    join larkgate.lane on lane.name = given.lane and lane.epoch = given.epoch
    where lane.owner is not null
    order by lane.name for update of lane
), recorded as (
    insert into larkgate.attempt (job, n, started, ended, error)
    select id, 1 + coalesce(
            (select max(n) from larkgate.attempt where attempt.job = ended.id), 0
        ), started, (select larkgate.larkgate_now()), error
    from ended where record
)
update larkgate.job set
    state = ended.state,
    attempts = attempts + ended.charge,
    run_at = ended.run_at,
    result = ended.result,
    epoch = ended.epoch,
    first_tried = case when ended.undone then ended.first_tried else job.first_tried end
from ended where job.id = ended.id
returning job.id, job.key, job.asked and job.state <> 'open' as asked

-- held_again --
-- A run without effect that ended as the one before is no further attempt on record.
update larkgate.attempt set ended = larkgate.larkgate_now()
from unnest($1::bigint[], $2::text[]) as given (job, error)
where attempt.job = given.job and attempt.held and attempt.error = given.error
    and attempt.n = (select max(n) from larkgate.attempt last where last.job = given.job)
returning attempt.job

-- record --
insert into larkgate.attempt (job, n, started, ended, error, held)
select job, 1 + coalesce(
        (select max(n) from larkgate.attempt where attempt.job = given.job), 0
    ), started, (select larkgate.larkgate_now()), error, held
from unnest($1::bigint[], $2::double precision[], $3::text[], $4::boolean[])
    as given (job, started, error, held)

-- hold --
insert into larkgate.queue (name, paused_until, reason)
select * from unnest($1::text[], $2::double precision[], $3::text[])
on conflict (name) do update set paused_until = excluded.paused_until, reason = excluded.reason

-- let_go --
-- A statement of its own, after `finish`: it must see what became of the former heads.
update larkgate.lane set owner = null, claimed_at = null, next_at = head.due,
    suspect = coalesce(head.suspect, 0)
from unnest($1::text[]) as given (name)
left join lateral (
    select coalesce(run_at, larkgate.larkgate_now()) as due,
        case when crashes >= 2 then crashes else 0 end as suspect
    from larkgate.job where job.lane = given.name and state = 'open' order by id limit 1
) head on true
where lane.name = given.name
returning lane.name, lane.queue, lane.next_at, lane.suspect

-- notify --
select pg_notify('larkgate', $1)

-- register --
insert into larkgate.node (id, host, pid, role, version, routers, started, lease_until)
values ($1, $2, $3, $4, $5, $6, larkgate.larkgate_now(), larkgate.larkgate_now() + $7)

-- renew --
update larkgate.node set lease_until = larkgate.larkgate_now() + $2 where id = $1
returning larkgate.larkgate_now() as now

-- look_around --
select larkgate.larkgate_now() as now,
    exists (select from larkgate.node where id = $1) as alive,
    exists (
        select from larkgate.node where lease_until < larkgate.larkgate_now() and id <> $1
    ) as some_died,
    (select count(*) from larkgate.node) as nodes,
    array(select distinct queue from larkgate.lane where suspect > 0) as suspected,
    case when $2::bigint > 0 then (
        select count(*) from (select from larkgate.job where state = 'open' limit $2) as open
    ) end as open

-- remove_dead --
delete from larkgate.node where lease_until < larkgate.larkgate_now() and id <> $1 returning id

-- remove --
delete from larkgate.node where id = any($1::text[])

-- lanes_of --
select name, owner, queue from larkgate.lane where owner = any($1::text[]) order by name for update

-- charge --
-- The heads of these lanes were in flight when their process died. One that was opened again while
-- its lane was owned is first in it, but due later than what was claimed.
update larkgate.job set crashes = crashes + 1
from unnest($1::text[]) as given (lane)
join larkgate.lane on lane.name = given.lane
cross join lateral (
    select id from larkgate.job
    where job.lane = given.lane and state = 'open' and coalesce(run_at <= lane.claimed_at, true)
    order by id limit 1
) head
where job.id = head.id
returning job.id, job.lane, job.key, job.crashes, lane.claimed_at

-- uncharge --
update larkgate.job set crashes = greatest(crashes - 1, 0)
where id = any($1::bigint[]) and state = 'open'

-- bury --
-- The job, and its whole burst.
update larkgate.job set state = 'dead', result = $2
where id = $1 or (
    state = 'open' and lane = (select lane from larkgate.job where id = $1)
    and burst = (select burst from larkgate.job where id = $1)
)
returning id

-- were_settled --
-- Of these runs, those that are on record.
select attempt.job from larkgate.attempt
join unnest($1::bigint[], $2::double precision[]) as given (job, started)
    on attempt.job = given.job and attempt.started = given.started

-- free_queues --
update larkgate.queue set owner = null where owner = any($1::text[])
