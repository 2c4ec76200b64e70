import type { Dashboard, Panel } from './dashboard.ts';

const faults = 'UNKNOWN|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|DATA_LOSS';

const rate: Panel = {
  title: 'Requests by service',
  description: 'Calls a second that a service answers; the gateway’s are HTTP requests.',
  kind: 'timeseries',
  unit: 'reqps',
  queries: [
    {
      expr: 'sum by (service) (rate(rpc_server_call_duration_seconds_count[$__rate_interval]))',
      legend: '{{service}}',
    },
    { expr: 'sum(rate(http_server_request_duration_seconds_count[$__rate_interval]))', legend: 'gateway' },
  ],
};

const errors: Panel = {
  title: 'Share of failed requests',
  description: 'Faults of ours, as the alerts count them. 0.1 % over a month is the budget.',
  kind: 'timeseries',
  unit: 'percentunit',
  queries: [{ expr: 'service:request_errors:ratio_rate5m', legend: '{{service}}' }],
};

const duration: Panel = {
  title: 'Duration, 99th percentile',
  description: 'Of unary calls and streams alike; the alert leaves streams out.',
  kind: 'timeseries',
  unit: 's',
  queries: [
    {
      expr: 'histogram_quantile(0.99, sum by (service, le) (rate(rpc_server_call_duration_seconds_bucket[$__rate_interval])))',
      legend: '{{service}}',
    },
    {
      expr: 'histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))',
      legend: 'gateway',
    },
  ],
};

/** For whoever keeps the mesh running: what is asked of it, what it owes, and what stands in its way. */
export const mesh: Dashboard = {
  name: 'mesh',
  title: 'Jangbu · Mesh',
  description: 'Requests, events, sagas and breakers of all services.',
  variables: [],
  rows: [
    {
      title: 'Requests',
      panels: [
        rate,
        errors,
        duration,
        {
          title: 'Replicas up',
          description: 'That answer a scrape.',
          kind: 'stat',
          unit: 'short',
          width: 12,
          queries: [{ expr: 'service:up:count', legend: '{{service}}' }],
        },
        {
          title: 'Calls between services, failed',
          description: 'As the caller sees them, a second: also what never reached the other side.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: `sum by (service, peer_service) (rate(rpc_client_call_duration_seconds_count{rpc_response_status_code=~"${faults}"}[$__rate_interval])) or sum by (service, peer_service) (rate(rpc_client_call_duration_seconds_count[$__rate_interval])) * 0`,
              legend: '{{service}} → {{peer_service}}',
            },
          ],
        },
        {
          title: 'Calls between services, 99th percentile',
          description: 'As the caller sees them, the way there and back included.',
          kind: 'timeseries',
          unit: 's',
          width: 24,
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (service, peer_service, le) (rate(rpc_client_call_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{service}} → {{peer_service}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Events',
      panels: [
        {
          title: 'Consumer lag',
          description: 'Events that wait for a consumer.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: 'consumer:lag:max', legend: '{{messaging_consumer_group_name}}' }],
        },
        {
          title: 'Events handled',
          description: 'A second, by consumer.',
          kind: 'timeseries',
          unit: 'cps',
          queries: [
            {
              expr: 'sum by (messaging_consumer_group_name) (rate(messaging_process_duration_seconds_count[$__rate_interval]))',
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
        },
        {
          title: 'Time to handle an event, 99th percentile',
          description: 'By consumer.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (messaging_consumer_group_name, le) (rate(messaging_process_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
        },
        {
          title: 'Outbox, oldest event',
          description: 'Age of the oldest event that is not published. Above half a minute is an alert.',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: 'service:outbox_age_seconds:max', legend: '{{service}}' }],
        },
        {
          title: 'Outbox, events waiting',
          description: 'Written and not published.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: 'max by (service) (jangbu_outbox_depth)', legend: '{{service}}' }],
        },
        {
          title: 'Parked events',
          description: 'Dead letters by consumer. Each waits for a person.',
          kind: 'timeseries',
          unit: 'short',
          wrongFrom: 1,
          queries: [
            {
              expr: 'max by (messaging_consumer_group_name) (jangbu_dead_letters)',
              legend: '{{messaging_consumer_group_name}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Sagas and breakers',
      panels: [
        {
          title: 'Sagas under way',
          description: 'By type and step.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: 'max by (jangbu_saga_type, jangbu_saga_step) (jangbu_saga_active)',
              legend: '{{jangbu_saga_type}} {{jangbu_saga_step}}',
            },
          ],
        },
        {
          title: 'Oldest saga',
          description: 'By type. A quarter of an hour is an alert, but for those that may wait.',
          kind: 'timeseries',
          unit: 's',
          queries: [{ expr: 'max by (jangbu_saga_type) (jangbu_saga_age_seconds)', legend: '{{jangbu_saga_type}}' }],
        },
        {
          title: 'Circuit breakers',
          description: '0 closed, 1 half-open, 2 open.',
          kind: 'timeseries',
          unit: 'short',
          wrongFrom: 1,
          queries: [
            {
              expr: 'max by (service, jangbu_circuit_breaker_name) (jangbu_circuit_breaker_state)',
              legend: '{{service}} {{jangbu_circuit_breaker_name}}',
            },
          ],
        },
      ],
    },
  ],
};
