import type { Dashboard } from './dashboard.ts';

const it = 'service="$service"';

/** One service, method by method. The gateway has no gRPC methods; its routes are at the end. */
export const service: Dashboard = {
  name: 'service',
  title: 'Jangbu · Service',
  description: 'One service: its methods, its consumers, its sagas.',
  variables: [
    {
      name: 'service',
      label: 'Service',
      query: 'label_values(rpc_server_call_duration_seconds_count, service)',
      several: false,
    },
  ],
  rows: [
    {
      title: 'Methods',
      panels: [
        {
          title: 'Calls by method',
          description: 'A second.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_method) (rate(rpc_server_call_duration_seconds_count{${it}}[$__rate_interval]))`,
              legend: '{{rpc_method}}',
            },
          ],
        },
        {
          title: 'Calls by code',
          description: 'A second. NOT_FOUND, FAILED_PRECONDITION and the like are answers, not faults.',
          kind: 'timeseries',
          unit: 'reqps',
          queries: [
            {
              expr: `sum by (rpc_response_status_code) (rate(rpc_server_call_duration_seconds_count{${it}}[$__rate_interval]))`,
              legend: '{{rpc_response_status_code}}',
            },
          ],
        },
        {
          title: 'Duration by method, 99th percentile',
          description: 'From the first byte of the call to its status.',
          kind: 'timeseries',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (rpc_method, le) (rate(rpc_server_call_duration_seconds_bucket{${it}}[$__rate_interval])))`,
              legend: '{{rpc_method}}',
            },
          ],
        },
        {
          title: 'Faults',
          description: 'A second, all methods together, as the alerts count them.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: `sum(rate(rpc_server_call_duration_seconds_count{${it}, rpc_response_status_code=~"UNKNOWN|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|DATA_LOSS"}[$__rate_interval])) or sum(rate(rpc_server_call_duration_seconds_count{${it}}[$__rate_interval])) * 0`,
              legend: 'faults',
            },
          ],
        },
        {
          title: 'Calls slower than a second',
          description: 'Share of unary calls, as the alert counts them.',
          kind: 'timeseries',
          unit: 'percentunit',
          width: 12,
          queries: [{ expr: `service:slow_requests:ratio_rate5m{${it}}`, legend: 'slow' }],
        },
      ],
    },
    {
      title: 'Events',
      panels: [
        {
          title: 'Outbox, oldest event',
          description: 'Not published yet.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          queries: [{ expr: `max by (service) (jangbu_outbox_age_seconds{${it}})`, legend: 'age' }],
        },
        {
          title: 'Replicas up',
          description: 'That answer a scrape.',
          kind: 'stat',
          unit: 'short',
          width: 12,
          queries: [{ expr: `service:up:count{${it}}`, legend: '{{service}}' }],
        },
      ],
    },
    {
      title: 'At the gateway',
      panels: [
        {
          title: 'Requests by route',
          description:
            'All routes of the gateway, whichever service is chosen. A route is a template and never a path with ids.',
          kind: 'timeseries',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: 'sum by (http_request_method, http_route) (rate(http_server_request_duration_seconds_count[$__rate_interval]))',
              legend: '{{http_request_method}} {{http_route}}',
            },
          ],
        },
        {
          title: 'Duration by route, 99th percentile',
          description: 'From the request’s head to the last byte of the answer.',
          kind: 'timeseries',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (http_request_method, http_route, le) (rate(http_server_request_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{http_request_method}} {{http_route}}',
            },
          ],
        },
      ],
    },
  ],
};
