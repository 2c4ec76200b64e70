/** One query of a panel. */
export interface Query {
  expr: string;
  /** As Grafana writes it: `{{service}}` is the value of a label. */
  legend?: string;
  /** Answered once, as a table or a number and not as a curve. */
  instant?: boolean;
}

/** Grafana's names of units; each panel must say what its numbers are. */
export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'cps' | 'Bps' | 'bytes' | 'none' | 'bool_yes_no';

export interface Panel {
  title: string;
  description: string;
  kind: 'timeseries' | 'stat' | 'table' | 'bargauge';
  unit: Unit;
  queries: Query[];
  /** Of 24 columns; by default a third of a row. */
  width?: number;
  /** Number from which it is wrong: shown red. */
  wrongFrom?: number;
}

export interface Row {
  title: string;
  panels: Panel[];
}

export interface Variable {
  name: string;
  label: string;
  /** Query of label values. */
  query: string;
  /** Several at a time, or all. */
  several: boolean;
}

export interface Dashboard {
  /** Also its file's name and, prefixed, its uid. */
  name: string;
  title: string;
  description: string;
  variables: Variable[];
  rows: Row[];
}

/** How wide and high a panel is unless it says otherwise. */
const width = 8;
const height = 8;

const datasource = { type: 'prometheus', uid: '$datasource' };

/** Grafana's JSON model. Ids are given by position, so that a change of one panel changes no other. */
export function jsonOf({ name, title, description, variables, rows }: Dashboard): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      const w = panel.width ?? width;
      if (x + w > 24) {
        x = 0;
        y += height;
      }
      panels.push(panelOf(panel, panels.length + 1, { x, y, w, h: height }));
      x += w;
    }
    y += height;
  }
  const model = {
    uid: `jangbu-${name}`,
    title,
    description,
    tags: ['jangbu'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasourceVariable, ...variables.map(variableOf)] },
    links: [
      { type: 'dashboards', title: 'Jangbu', tags: ['jangbu'], asDropdown: true, includeVars: true, keepTime: true },
    ],
    panels,
  };
  return `${JSON.stringify(model, undefined, 2)}\n`;
}

function panelOf({ title, description, kind, unit, queries, wrongFrom }: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: kind,
    title,
    description,
    datasource,
    gridPos,
    targets: queries.map(({ expr, legend, instant }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend ?? '',
      ...(instant ? { instant: true, range: false, format: 'table' } : { range: true }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        // A gap is a gap, and not a line across it.
        custom: kind === 'timeseries' ? { fillOpacity: 8, showPoints: 'never', spanNulls: false } : {},
        ...(wrongFrom !== undefined && {
          color: { mode: 'thresholds' },
          thresholds: {
            mode: 'absolute',
            steps: [
              { color: 'green', value: null },
              { color: 'red', value: wrongFrom },
            ],
          },
        }),
      },
      overrides: [],
    },
    ...(kind === 'timeseries' && {
      options: {
        legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    }),
    ...((kind === 'stat' || kind === 'bargauge') && {
      options: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } },
    }),
  };
}

/** Which Prometheus it reads is chosen where it is looked at. */
const datasourceVariable = {
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  current: {},
  hide: 0,
};

function variableOf({ name, label, query, several }: Variable): object {
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: { query, refId: name },
    definition: query,
    // Looked up when the time range changes: a business of last month is found when one looks at last month.
    refresh: 2,
    sort: 1,
    multi: several,
    includeAll: several,
    ...(several && { allValue: '.*', current: { text: 'All', value: '$__all' } }),
  };
}
