import { writeFileSync } from 'node:fs';
import { dashboards } from './dashboards/source/all.ts';
import { jsonOf } from './dashboards/source/dashboard.ts';
import { prometheusRules } from './prometheusRules.ts';

/** Writes what the cluster reads: the operator's objects around the rules, and the dashboards as JSON. */
const here = (name: string) => new URL(name, import.meta.url);

writeFileSync(here('prometheus-rules.yaml'), prometheusRules());
for (const dashboard of dashboards) writeFileSync(here(`dashboards/${dashboard.name}.json`), jsonOf(dashboard));
