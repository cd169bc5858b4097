-- schema --
-- Draft: the contract is shaped by both dialects, the store on PostgreSQL follows. The same tables
-- as in sqlite.sql. Several nodes share them, so a lane that is owned carries the expiry of its
-- lease in `next_at`, and epochs come from one sequence: they fence a node that lost its lease.
create sequence epoch;
create function larkgate_now() returns double precision language sql stable
    as $$ select extract(epoch from clock_timestamp())::double precision $$;
create table event (
    id          bigint generated always as identity primary key,
    key         text not null unique,
    account     text not null,
    type        text not null,
    received_at double precision not null,
    payload     text not null
);
create table queue (
    name         text primary key,
    owner        text,
    epoch        bigint not null default 0,
    lease_until  double precision,
    paused_until double precision,
    reason       text
);
create table lane (
    name    text primary key,
    queue   text not null,
    owner   text,
    epoch   bigint not null default 0,
    next_at double precision
);
create index lane_due on lane (queue, next_at) where next_at is not null;
create table job (
    id          bigint generated always as identity primary key,
    lane        text not null,
    key         text not null unique,
    event       bigint,
    parent      bigint,
    body        text not null,
    state       text not null default 'open',
    attempts    integer not null default 0,
    crashes     integer not null default 0,
    run_at      double precision,
    burst       bigint,
    first_tried double precision,
    result      text
);
create index job_open on job (lane, id) where state = 'open';
create index job_dead on job (id) where state = 'dead';
create table attempt (
    job     bigint not null,
    n       integer not null,
    started double precision not null,
    ended   double precision not null,
    error   text,
    primary key (job, n)
);

-- accept_events --
-- Sorted by the caller: two nodes that insert the same keys in another order would deadlock.
insert into event (key, account, type, received_at, payload)
select * from unnest($1::text[], $2::text[], $3::text[], $4::double precision[], $5::text[])
on conflict (key) do nothing
returning id, key

-- wake_lanes --
-- Sorted by the caller. Returns the lanes that were idle: only for them is anybody notified.
insert into lane (name, queue, next_at)
select * from unnest($1::text[], $2::text[], $3::double precision[])
on conflict (name) do update set next_at = excluded.next_at
where lane.next_at is null and lane.owner is null
returning name, queue

-- add_jobs --
insert into job (lane, key, event, parent, body, run_at)
select * from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::double precision[]
)
on conflict (key) do nothing

-- take --
-- Due lanes, and lanes whose owner's lease has run out.
update lane set owner = $3, epoch = nextval('epoch'), next_at = larkgate_now() + $4
where name in (
    select name from lane
    where queue = any($1) and next_at <= larkgate_now()
    order by next_at limit $2
    for update skip locked
)
returning name, epoch

-- renew --
update lane set next_at = larkgate_now() + $3
from unnest($1::text[], $2::bigint[]) as held (name, epoch)
where lane.name = held.name and lane.epoch = held.epoch and lane.owner is not null
returning lane.name

-- fresh --
-- Locks, in one sorted pass, every lane the settle will touch: its own and those of its effects.
select name, epoch from lane where name = any($1) order by name for update

-- begin --
-- In the transaction of `fresh`: an act leaves only from a node that still owns the lane.
update job set first_tried = coalesce(first_tried, larkgate_now()) where id = any($1)

-- finish --
update job set
    state = ended.state,
    attempts = attempts + ended.charge,
    run_at = ended.run_at,
    result = ended.result,
    first_tried = case when ended.undone then ended.first_tried else job.first_tried end
from unnest(
    $1::bigint[], $2::text[], $3::integer[], $4::double precision[], $5::text[], $6::boolean[],
    $7::double precision[]
) as ended (id, state, charge, run_at, result, undone, first_tried)
where job.id = ended.id

-- let_go --
-- A statement of its own, after `finish`: it must see what became of the former heads.
update lane set owner = null, next_at = (
    select coalesce(job.run_at, larkgate_now()) from job
    where job.lane = lane.name and job.state = 'open' order by job.id limit 1
)
where name = any($1)
returning name, queue, next_at
