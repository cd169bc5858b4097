-- schema 1 --
-- The ledger (event), the lanes and the work. `lane.next_at` is the one scheduling column: NULL
-- means nothing to do or being worked on (owner set), else when the lane's head is due.
create table event (
    id          integer primary key,
    key         text not null unique,
    account     text not null,
    type        text not null,
    received_at real not null,
    payload     text not null
) strict;
create table queue (
    name         text primary key,
    owner        text,
    epoch        integer not null default 0,
    lease_until  real,
    paused_until real,
    reason       text
) strict, without rowid;
create table lane (
    name    text primary key,
    queue   text not null,
    owner   text,
    epoch   integer not null default 0,
    next_at real
) strict, without rowid;
create index lane_due on lane (queue, next_at) where next_at is not null;
create table job (
    id          integer primary key,
    lane        text not null,
    key         text not null unique,
    event       integer,
    parent      integer,
    body        text not null,
    state       text not null default 'open',
    attempts    integer not null default 0,
    crashes     integer not null default 0,
    run_at      real,
    burst       integer,
    first_tried real,
    result      text
) strict;
create index job_open on job (lane, id) where state = 'open';
create index job_dead on job (id) where state = 'dead';
create table attempt (
    job     integer not null,
    n       integer not null,
    started real not null,
    ended   real not null,
    error   text,
    primary key (job, n)
) strict, without rowid

-- schema 2 --
-- `suspect` repeats the crashes of a lane's head from the second on; `together` is what a burst has
-- in common; a held attempt had no effect; `paused` is a person's reason, `reason` a hold's.
alter table queue add column paused text;
alter table lane add column suspect integer not null default 0;
alter table lane add column claimed_at real;
alter table job add column together text;
alter table job add column created_at real not null default 0;
alter table attempt add column held integer not null default 0;
create index lane_suspect on lane (queue, suspect) where suspect > 0;
create index job_event on job (event) where event is not null;
create table withdrawal (event_key text primary key, at real not null) strict, without rowid;
create table ledger_time (at real not null) strict;
insert into ledger_time values (0)

-- recover --
-- A head that was in flight when the process died is charged a crash, not an attempt.
update job set crashes = crashes + 1
where id in (
    select (select min(id) from job where lane = lane.name and state = 'open')
    from lane where owner is not null
)

-- release_all --
update lane set owner = null, epoch = epoch + 1, next_at = 0 where owner is not null

-- known_events --
select json_group_array(event.key)
from json_each(?1) given join event on event.key = given.value

-- known_jobs --
select json_group_array(json_array(job.key, job.state, job.result))
from json_each(?1) given join job on job.key = given.value

-- last_ids --
select (select coalesce(max(id), 0) from event), (select coalesce(max(id), 0) from job)

-- due_lanes --
-- Lanes due longest come first, so that no lane starves.
select json_group_array(name)
from (select name from lane where queue = ?1 and next_at <= ?2 order by next_at limit ?3)

-- take --
update lane set owner = ?2, epoch = epoch + 1, next_at = null, claimed_at = ?3
where name in (select value from json_each(?1))

-- heads --
select json_group_array(json_array(
    job.id, lane.name, lane.epoch, job.key, job.body, job.attempts, job.crashes,
    job.first_tried, job.parent,
    event.key, event.account, event.type, event.received_at, event.payload
))
from json_each(?1) given
join lane on lane.name = given.value
join job on job.id = (select min(id) from job where lane = lane.name and state = 'open')
left join event on event.id = job.event

-- begin --
update job set first_tried = coalesce(first_tried, ?2)
where id in (select value from json_each(?1))

-- next_due --
select min(next_at) from lane where queue = ?1 and next_at is not null

-- fresh --
select json_group_array(given.key)
from json_each(?1) given
join lane on lane.name = given.value ->> 0
where lane.epoch = given.value ->> 1 and lane.owner is not null

-- finish --
update job set
    state = given.value ->> 1,
    attempts = attempts + (given.value ->> 2),
    run_at = given.value ->> 3,
    result = given.value ->> 4,
    first_tried = iif(given.value ->> 5, given.value ->> 6, first_tried)
from json_each(?1) given
where job.id = given.value ->> 0

-- record --
insert into attempt (job, n, started, ended, error)
select given.value ->> 0, 1 + coalesce((select max(n) from attempt where job = given.value ->> 0), 0),
    given.value ->> 1, given.value ->> 2, given.value ->> 3
from json_each(?1) given

-- let_go --
-- The lane is due when its new head is.
update lane set owner = null, next_at = (
    select coalesce(run_at, ?2) from job
    where job.lane = lane.name and state = 'open' order by id limit 1
)
where name in (select value from json_each(?1))

-- hold --
insert into queue (name, paused_until, reason) values (?1, ?2, ?3)
on conflict (name) do update set paused_until = excluded.paused_until, reason = excluded.reason

-- pauses --
select name, paused_until, reason, paused from queue where coalesce(paused_until, paused) is not null

-- counts --
select substr(lane, 1, instr(lane, '/') - 1) as queue, state, count(*) from job group by 1, 2
