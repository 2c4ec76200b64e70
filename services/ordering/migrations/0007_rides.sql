-- Points in space with an index that finds the nearest ones. Of PostgreSQL's own extensions this one is trusted: the database's owner
-- may add it, where earthdistance, which builds on it, needs a superuser.
create extension if not exists cube;

-- A place as a point on a sphere of the earth's mean radius, in metres from the centre. The nearest along the surface is also the
-- nearest straight through, which is what the index knows.
create function point_on_earth(latitude double precision, longitude double precision) returns cube
  language sql immutable strict parallel safe
  return cube(array[
    6371008.8 * cos(radians(latitude)) * cos(radians(longitude)),
    6371008.8 * cos(radians(latitude)) * sin(radians(longitude)),
    6371008.8 * sin(radians(latitude))
  ]);

-- How far it is straight through the earth where it is so many metres along the surface.
create function straight_through(meters double precision) returns double precision
  language sql immutable strict parallel safe
  return 2 * 6371008.8 * sin(meters / (2 * 6371008.8));

create table drivers (
  id text collate "C" primary key,
  display_name text not null,
  vehicle text not null,
  phone text not null,
  state text not null check (state in ('OFFLINE', 'FREE', 'OFFERED', 'ENGAGED')),
  -- Since when; among drivers at the same place the one who has waited longest is asked first.
  state_time timestamptz not null,
  latitude double precision,
  longitude double precision,
  position cube generated always as (point_on_earth(latitude, longitude)) stored,
  -- The ride that is offered to or driven by the driver.
  ride_id text collate "C",
  create_time timestamptz not null,
  revision bigint not null default 1,
  constraint driver_has_ride check ((state in ('OFFERED', 'ENGAGED')) = (ride_id is not null)),
  constraint driver_is_somewhere check (state = 'OFFLINE' or (latitude is not null and longitude is not null))
);
create index drivers_by_time on drivers (create_time, id);
create index drivers_free on drivers using gist (position) where state = 'FREE';

create table rides (
  id text collate "C" primary key,
  business text not null,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  -- As it was called when it was requested.
  offering_name text not null,
  pickup_latitude double precision not null,
  pickup_longitude double precision not null,
  pickup_address text not null,
  pickup_position cube generated always as (point_on_earth(pickup_latitude, pickup_longitude)) stored,
  dropoff_latitude double precision not null,
  dropoff_longitude double precision not null,
  dropoff_address text not null,
  state text not null check (state in ('REQUESTED', 'OFFERED', 'DISPATCHED', 'IN_PROGRESS', 'ENDED', 'CANCELLED')),
  cancelled_by text check (cancelled_by in ('CUSTOMER', 'SYSTEM')),
  state_reason text not null default '',
  driver_id text collate "C" references drivers (id),
  -- As they were when the ride was offered.
  driver_name text not null default '',
  vehicle text not null default '',
  create_time timestamptz not null,
  -- By when it is dispatched or cancelled.
  answer_time timestamptz not null,
  -- By when the driver has to answer.
  offer_expire_time timestamptz,
  arrival_time timestamptz,
  board_time timestamptz,
  -- When it was clear whether somebody drives; absent while that is open, and where the customer cancelled before.
  decide_time timestamptz,
  distance_meters bigint,
  duration_seconds bigint,
  fare_currency text,
  fare_minor bigint check (fare_minor >= 0),
  payment_id text not null default '',
  revision bigint not null default 1,
  constraint ride_has_driver check (state not in ('OFFERED', 'DISPATCHED', 'IN_PROGRESS', 'ENDED') or driver_id is not null),
  constraint ride_waits_without_driver check (state <> 'REQUESTED' or driver_id is null),
  constraint ride_offer_runs_out check ((state = 'OFFERED') = (offer_expire_time is not null)),
  constraint ride_cancelled_by_somebody check ((state = 'CANCELLED') = (cancelled_by is not null)),
  constraint ride_ended_has_fare check ((state = 'ENDED') = (fare_minor is not null and fare_currency is not null
    and distance_meters is not null and duration_seconds is not null))
);
-- Whatever else goes wrong: no driver is asked for, or drives, two rides at a time.
create unique index rides_one_a_driver on rides (driver_id) where state in ('OFFERED', 'DISPATCHED', 'IN_PROGRESS');
create index rides_by_customer on rides (customer_id, id);
create index rides_by_driver on rides (driver_id, id) where driver_id is not null;
create index rides_requested on rides (id) where state = 'REQUESTED';
create index rides_unanswered on rides (answer_time) where state in ('REQUESTED', 'OFFERED');
create index rides_offered on rides (offer_expire_time) where state = 'OFFERED';
create index rides_decided on rides (offering_id, decide_time) where decide_time is not null;

alter table drivers add constraint driver_ride foreign key (ride_id) references rides (id);

-- Every state a ride has been in. Rows are only ever added.
create table ride_transitions (
  ride_id text collate "C" not null references rides (id),
  position int not null,
  state text not null,
  reason text not null,
  time timestamptz not null,
  driver_id text collate "C",
  primary key (ride_id, position)
);

-- Who was asked for which ride, and how that ended. Nobody is asked twice for the same ride.
create table ride_offers (
  ride_id text collate "C" not null references rides (id),
  driver_id text collate "C" not null references drivers (id),
  outcome text not null check (outcome in ('OPEN', 'ACCEPTED', 'DECLINED', 'LAPSED', 'WITHDRAWN', 'CANCELLED')),
  offer_time timestamptz not null,
  end_time timestamptz,
  primary key (ride_id, driver_id),
  constraint ride_offer_ends check ((outcome = 'OPEN') = (end_time is null))
);
create unique index ride_offers_open_of_ride on ride_offers (ride_id) where outcome = 'OPEN';
create unique index ride_offers_open_of_driver on ride_offers (driver_id) where outcome = 'OPEN';

-- Attempts to have a ride paid. An attempt is OPEN until it is known what came of it.
create table ride_payments (
  ride_id text collate "C" not null references rides (id),
  number int not null check (number > 0),
  -- What billing knows the attempt by.
  key text collate "C" not null unique,
  distance_meters bigint not null,
  duration_seconds bigint not null,
  currency text not null,
  fare_minor bigint not null check (fare_minor > 0),
  tax_minor bigint not null check (tax_minor >= 0),
  state text not null check (state in ('OPEN', 'CAPTURED', 'FAILED')),
  reason text not null default '',
  payment_id text not null default '',
  create_time timestamptz not null,
  end_time timestamptz,
  primary key (ride_id, number),
  constraint ride_payment_ends check ((state = 'OPEN') = (end_time is null))
);
-- A ride is paid once, and no second attempt begins while the first may still come to something.
create unique index ride_payments_one on ride_payments (ride_id) where state in ('OPEN', 'CAPTURED');
