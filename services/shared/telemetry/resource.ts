import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';

/** What traces and metrics say about the process they come from. */
export function jangbuResource(service: string): Resource {
  return resourceFromAttributes({ 'service.name': `jangbu-${service}`, 'service.namespace': 'jangbu' });
}
