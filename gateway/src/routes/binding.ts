import { type DescField, type DescMethod, getOption } from '@bufbuild/protobuf';
import { http } from '#google/api/annotations';
import type { HttpRule } from '#google/api/http';
import { type FieldPath, isTextField, resolveFieldPath } from './fieldPath.ts';
import { parseTemplate, type Template } from './template.ts';

/** Which part of the request message the HTTP body holds. */
export type BodyPart = { kind: 'none' } | { kind: 'all' } | { kind: 'field'; field: DescField };

/** One HTTP rule of one method, checked and ready to serve. */
export interface Binding {
  method: DescMethod;
  /** `/package.Service/Method`. */
  grpcPath: string;
  httpMethod: string;
  /** The template as written in the contract; names the route in logs and traces. */
  route: string;
  template: Template;
  /** The request's fields that the path binds, in the order of the template's variables. */
  pathFields: FieldPath[];
  body: BodyPart;
  /** The field of the response that is the HTTP body; undefined for the whole response. */
  responseField: DescField | undefined;
}

/** All bindings of a method; throws an Error naming file, method and template when the contract is wrong. */
export function bindingsOf(method: DescMethod): Binding[] {
  if (!method.proto.options) return [];
  const rule = getOption(method, http);
  if (rule.additionalBindings.some(({ additionalBindings }) => additionalBindings.length > 0)) {
    throw new Error(`${place(method)}: an additional binding has additional bindings of its own`);
  }
  return [rule, ...rule.additionalBindings].flatMap((each) => bind(method, each) ?? []);
}

function bind(method: DescMethod, rule: HttpRule): Binding | undefined {
  const pattern = rule.pattern;
  if (pattern.case === undefined) return undefined;
  const [httpMethod, route] =
    pattern.case === 'custom' ? [pattern.value.kind, pattern.value.path] : [pattern.case.toUpperCase(), pattern.value];
  try {
    const template = parseTemplate(route);
    return {
      method,
      grpcPath: `/${method.parent.typeName}/${method.name}`,
      httpMethod,
      route,
      template,
      pathFields: template.variables.map((variable) => pathField(method, variable.fieldPath)),
      body: bodyPart(method, rule.body),
      responseField: responseField(method, rule.responseBody),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${place(method)}: ${reason}`);
  }
}

function place(method: DescMethod): string {
  return `${method.parent.file.name}.proto, ${method.parent.typeName}.${method.name}`;
}

function pathField(method: DescMethod, names: string[]): FieldPath {
  const path = resolveFieldPath(method.input, names);
  const last = path?.at(-1);
  if (!path || !last) throw new Error(`the path binds ${names.join('.')}, which ${method.input.typeName} has not`);
  if (last.fieldKind === 'list' || !isTextField(last)) {
    throw new Error(`the path binds ${names.join('.')}, which one text cannot hold`);
  }
  return path;
}

function bodyPart(method: DescMethod, name: string): BodyPart {
  if (name === '') return { kind: 'none' };
  if (name === '*') return { kind: 'all' };
  const field = method.input.fields.find((each) => each.name === name);
  if (!field) throw new Error(`the body is ${name}, which ${method.input.typeName} has not`);
  return { kind: 'field', field };
}

function responseField(method: DescMethod, name: string): DescField | undefined {
  if (name === '') return undefined;
  const field = method.output.fields.find((each) => each.name === name);
  if (!field) throw new Error(`the response_body is ${name}, which ${method.output.typeName} has not`);
  return field;
}
