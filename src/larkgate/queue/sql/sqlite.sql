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
insert into ledger_time values (0);
update job set created_at = coalesce(
    (select received_at from event where id = job.event),
    (select received_at from job maker join event on event.id = maker.event where maker.id = job.parent),
    (select max(received_at) from event),
    0
);
update lane set suspect = coalesce((
    select iif(crashes >= 2, crashes, 0) from job
    where job.lane = lane.name and state = 'open' order by id limit 1
), 0)

-- time --
select at from ledger_time

-- record_time --
update ledger_time set at = ?1

-- in_flight --
-- What the process that died was working on. A job that was opened again while its lane was owned
-- is first in it, but due later than what was claimed.
select lane.name, lane.queue, lane.claimed_at, job.id, job.key, job.crashes
from lane join job on job.id = (
    select min(id) from job
    where lane = lane.name and state = 'open' and coalesce(run_at <= lane.claimed_at, true)
)
where owner is not null

-- charge --
update job set crashes = crashes + 1 where id in (select value from json_each(?1))

-- bury --
-- With the whole of its burst, which ran together.
update job set state = 'dead', result = ?2
where state = 'open' and (
    id = ?1 or (lane, burst) = (select lane, burst from job where id = ?1)
)
returning id

-- release_all --
-- As `let_go`, and what was claimed before is refused.
update lane set owner = null, epoch = epoch + 1, (next_at, suspect) = (
    select min(due), coalesce(max(suspect), 0) from (
        select coalesce(run_at, ?1) as due, iif(crashes >= 2, crashes, 0) as suspect
        from job where job.lane = lane.name and state = 'open' order by id limit 1
    )
)
where owner is not null

-- known_events --
-- Which of the keys are known, and which have been withdrawn.
select
    (
        select json_group_array(event.key)
        from json_each(?1) given join event on event.key = given.value
    ),
    (
        select json_group_array(event_key)
        from json_each(?1) given join withdrawal on event_key = given.value
    )

-- known_jobs --
select json_group_array(json_array(job.key, job.state, job.result))
from json_each(?1) given join job on job.key = given.value

-- last_ids --
select (select coalesce(max(id), 0) from event), (select coalesce(max(id), 0) from job)

-- open_jobs --
select count(*) from job where state = 'open'

-- remember_withdrawn --
-- For the events that come after what withdraws them.
insert into withdrawal (event_key, at)
select value, ?2 from json_each(?1) where value not in (select key from event)
on conflict (event_key) do nothing

-- open_deliveries --
select json_group_array(json_array(job.id, job.lane))
from json_each(?1) given
join event on event.key = given.value
join job on job.event = event.id
where job.state = 'open'

-- withdraw --
update job set state = 'withdrawn', result = ?2 where id in (select value from json_each(?1))

-- due_lanes --
-- Those due longest come first, so that no lane starves; and whether any lane is suspect.
select json_group_array(name), exists (select 1 from lane where suspect > 0)
from (select name from lane where queue = ?1 and next_at <= ?2 order by next_at limit ?3)

-- due_innocents --
select json_group_array(name), exists (select 1 from lane where suspect > 0)
from (
    select name from lane
    where queue = ?1 and next_at <= ?2 and suspect = 0 order by next_at limit ?3
)

-- due_suspects --
select json_group_array(json_array(name, suspect))
from (
    select name, suspect from lane
    where queue = ?1 and suspect > 0 and next_at <= ?2 order by suspect desc, next_at limit ?3
)

-- take --
update lane set owner = ?2, epoch = epoch + 1, next_at = null, claimed_at = ?3
where name in (select value from json_each(?1))

-- heads --
select json_group_array(json_array(job.together, job.burst, job.event, json_array(
    job.id, lane.name, lane.epoch, job.key, job.body, job.attempts, job.crashes,
    job.first_tried, job.parent
)))
from json_each(?1) given
join lane on lane.name = given.value
join job on job.id = (select min(id) from job where lane = lane.name and state = 'open')

-- events --
select id, key, account, type, received_at, payload
from event where id in (select value from json_each(?1))

-- bind --
-- A head and the due neighbours behind it that have the same in common.
with near as (
    select id, together is ?3 and coalesce(run_at, 0) <= ?4 and burst is null as fits
    from job where lane = ?1 and state = 'open' and id > ?2 order by id limit ?5 - 1
)
update job set burst = ?2
where id = ?2 or id in (
    select id from near
    where id < coalesce((select min(id) from near where not fits), 9223372036854775807)
)

-- bound --
-- The rest of a head's burst: its first run had no more than so many.
select json_group_array(json_array(job.together, job.burst, job.event, json_array(
    job.id, lane.name, lane.epoch, job.key, job.body, job.attempts, job.crashes,
    job.first_tried, job.parent
)))
from (
    select * from job where lane = ?1 and state = 'open' and id > ?2 order by id limit ?4
) job
join lane on lane.name = job.lane
where job.burst = ?3

-- begin --
update job set first_tried = coalesce(first_tried, ?2)
where id in (select value from json_each(?1))

-- next_due --
select min(next_at) from lane where queue = ?1 and next_at > ?2

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
-- Runs that are held for one reason, one after the other, have one row.
insert into attempt (job, n, started, ended, error, held)
select
    given.value ->> 0,
    coalesce((
        select n + not (held and (given.value ->> 4) and error is (given.value ->> 3))
        from attempt where job = given.value ->> 0 order by n desc limit 1
    ), 1),
    given.value ->> 1, given.value ->> 2, given.value ->> 3, given.value ->> 4
from json_each(?1) given where true
on conflict (job, n) do update set ended = excluded.ended

-- let_go --
-- The lane is due when its new head is.
update lane set owner = null, (next_at, suspect) = (
    select min(due), coalesce(max(suspect), 0) from (
        select coalesce(run_at, ?2) as due, iif(crashes >= 2, crashes, 0) as suspect
        from job where job.lane = lane.name and state = 'open' order by id limit 1
    )
)
where name in (select value from json_each(?1))

-- hold --
insert into queue (name, paused_until, reason) values (?1, ?2, ?3)
on conflict (name) do update set paused_until = excluded.paused_until, reason = excluded.reason

-- pauses --
select name, paused_until, reason, paused from queue where coalesce(paused_until, paused) is not null

-- counts --
select substr(lane, 1, instr(lane, '/') - 1) as queue, state, count(*) from job group by 1, 2
