import type { Dashboard } from './dashboard.ts';

const those = 'jangbu_business=~"$business"';

/**
 * By how much a counter of these businesses has grown. `increase` sees no growth in a series' first number, and these series begin with what matters: a month is
 * invoiced once, by a process that was started since. A series that was not there at the beginning of the time counts whole.
 */
function grown(name: string, time: string, more = ''): string {
  const series = `${name}{${those}${more}}`;
  return `((${series} unless ${series} offset ${time}) or increase(${series}[${time}]))`;
}

/** What was charged and not given back. */
function kept(by: string, time: string): string {
  const charged = `sum by (${by}) (${grown('jangbu_revenue_total', time)})`;
  return `${charged} - (sum by (${by}) (${grown('jangbu_refunds_total', time)}) or ${charged} * 0)`;
}

/** For whoever runs the businesses. Money here is for a glance: the books are the truth. */
export const business: Dashboard = {
  name: 'business',
  title: 'Jangbu · Business',
  description: 'Orders, usage, invoices and the close of months, by business.',
  variables: [
    {
      name: 'business',
      label: 'Business',
      query:
        'label_values({__name__=~"jangbu_orders_total|jangbu_invoices_total|jangbu_close_lines"}, jangbu_business)',
      several: true,
    },
  ],
  rows: [
    {
      title: 'Orders',
      panels: [
        {
          title: 'Orders completed',
          description: 'Within the time range, by business.',
          kind: 'bargauge',
          unit: 'short',
          queries: [
            {
              expr: `sum by (jangbu_business) (${grown('jangbu_orders_total', '$__range', ', jangbu_order_state="COMPLETED"')})`,
              legend: '{{jangbu_business}}',
            },
          ],
        },
        {
          title: 'Orders by their end',
          description:
            'Orders a second that reach a state. REJECTED is an answer to the customer; FAILED is our own doing.',
          kind: 'timeseries',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (jangbu_order_state) (rate(jangbu_orders_total{${those}}[$__rate_interval]))`,
              legend: '{{jangbu_order_state}}',
            },
          ],
        },
        {
          title: 'Share of orders that fail',
          description: 'FAILED among those that reach an end. 0 when none fails.',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              // Nothing failed is 0; nothing ordered is no number at all.
              expr: `(sum(rate(jangbu_orders_total{${those}, jangbu_order_state="FAILED"}[$__rate_interval])) or sum(rate(jangbu_orders_total{${those}}[$__rate_interval])) * 0) / (sum(rate(jangbu_orders_total{${those}, jangbu_order_state!="PENDING"}[$__rate_interval])) > 0)`,
              legend: 'failed',
            },
          ],
        },
        {
          title: 'Orders by type',
          description: 'Orders a second by what is ordered.',
          kind: 'timeseries',
          unit: 'cps',
          width: 24,
          queries: [
            {
              expr: `sum by (jangbu_business, jangbu_order_type) (rate(jangbu_orders_total{${those}}[$__rate_interval]))`,
              legend: '{{jangbu_business}} {{jangbu_order_type}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Usage',
      panels: [
        {
          title: 'Usage records',
          description: 'Records a second by what became of them. Read = rated + duplicate + rejected + late.',
          kind: 'timeseries',
          unit: 'cps',
          queries: [
            {
              expr: 'sum by (jangbu_outcome) (rate(jangbu_usage_records_total[$__rate_interval]))',
              legend: '{{jangbu_outcome}}',
            },
          ],
        },
        {
          title: 'Share of records rejected',
          description: 'Above a fifth for an hour is an alert.',
          kind: 'timeseries',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum(rate(jangbu_usage_records_total{jangbu_outcome="rejected"}[$__rate_interval])) / (sum(rate(jangbu_usage_records_total[$__rate_interval])) > 0)',
              legend: 'rejected',
            },
          ],
        },
        {
          title: 'Bytes read',
          description: 'Of usage files and reports.',
          kind: 'timeseries',
          unit: 'Bps',
          queries: [{ expr: 'sum(rate(jangbu_usage_bytes_read_total[$__rate_interval]))', legend: 'bytes' }],
        },
      ],
    },
    {
      title: 'Revenue',
      panels: [
        {
          title: 'Revenue in the time range',
          description:
            'Whole units of the currency, as invoiced or charged, without what was given back. The books are the truth.',
          kind: 'stat',
          unit: 'short',
          queries: [{ expr: kept('currency', '$__range'), legend: '{{currency}}' }],
        },
        {
          title: 'Revenue by business',
          description: 'Whole units of the currency, within the hour before each point, without what was given back.',
          kind: 'timeseries',
          unit: 'short',
          queries: [{ expr: kept('jangbu_business, currency', '1h'), legend: '{{jangbu_business}} {{currency}}' }],
        },
        {
          title: 'Invoices issued',
          description: 'Within the hour before each point.',
          kind: 'timeseries',
          unit: 'short',
          queries: [
            {
              expr: `sum by (jangbu_business) (${grown('jangbu_invoices_total', '1h')})`,
              legend: '{{jangbu_business}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Close of the month',
      panels: [
        {
          title: 'Lines by progress',
          description: 'Expected, handed over to billing (moved), invoiced, and still to be invoiced (waiting).',
          kind: 'timeseries',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: `max by (jangbu_business, jangbu_period, jangbu_progress) (jangbu_close_lines{${those}})`,
              legend: '{{jangbu_business}} {{jangbu_period}} {{jangbu_progress}}',
            },
          ],
        },
        {
          title: 'Invoiced so far',
          description: 'Share of the expected lines.',
          kind: 'bargauge',
          unit: 'percentunit',
          width: 12,
          queries: [
            {
              expr: `max by (jangbu_business, jangbu_period) (jangbu_close_lines{${those}, jangbu_progress="invoiced"}) / (max by (jangbu_business, jangbu_period) (jangbu_close_lines{${those}, jangbu_progress="expected"}) > 0)`,
              legend: '{{jangbu_business}} {{jangbu_period}}',
            },
          ],
        },
      ],
    },
    {
      title: 'The books',
      panels: [
        {
          title: 'Ledger difference',
          description: 'What the records of the same money differ by. Must be 0.',
          kind: 'stat',
          unit: 'short',
          width: 12,
          wrongFrom: 1,
          queries: [
            { expr: 'max by (service, currency) (abs(jangbu_ledger_difference))', legend: '{{service}} {{currency}}' },
          ],
        },
        {
          title: 'Usage that does not add up',
          description: 'Sums that disagreed when they were looked at last. Must be 0.',
          kind: 'stat',
          unit: 'short',
          width: 12,
          wrongFrom: 1,
          queries: [{ expr: 'sum(max by (jangbu_business) (jangbu_usage_faults))', legend: 'faults' }],
        },
      ],
    },
  ],
};
