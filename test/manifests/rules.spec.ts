import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { serviceNames } from '#shared/config/service';
import { callableServices } from '../../deploy/graph/contracts.ts';
import { prometheusRules, readRules, ruleFiles } from '../../deploy/k8s/components/observability/prometheusRules.ts';
import { runPromtool } from '../harness/prometheus.ts';
