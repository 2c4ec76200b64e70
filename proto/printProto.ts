import type { DescEnum, DescExtension, DescField, DescFile, DescMessage, DescOneof } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Label } from '@bufbuild/protobuf/wkt';

/**
 * Prints a file's descriptor as .proto source: syntax, package, imports, messages, enums, extensions.
 * Options are left out. For validate.proto these are the rules' CEL expressions, which
 * the validator carries itself; field numbers and types, which make a rule's encoding, are all there.
 */
export function printProto(file: DescFile): string {
  const out = [
    `// Printed from the descriptor of ${file.proto.name} by proto/generate.ts.`,
    `syntax = "${file.edition === 998 ? 'proto2' : 'proto3'}";`,
    '',
    `package ${file.proto.package};`,
    '',
    ...file.dependencies.map((dependency) => `import "${dependency.proto.name}";`),
    '',
    ...file.enums.flatMap((desc) => enumLines(desc, '')),
    ...file.messages.flatMap((desc) => messageLines(desc, '')),
    ...file.extensions.flatMap((desc) => extensionLines(desc, '')),
  ];
  return `${out.join('\n')}\n`;
}

function messageLines(desc: DescMessage, indent: string): string[] {
  const inner = `${indent}  `;
  const body = [
    ...desc.nestedEnums.flatMap((nested) => enumLines(nested, inner)),
    ...desc.nestedMessages.flatMap((nested) => messageLines(nested, inner)),
    ...desc.members.flatMap((member) => memberLines(member, inner)),
    ...desc.proto.extensionRange.map(({ start, end }) => {
      const last = end - 1;
      return `${inner}extensions ${start} to ${last >= 536870911 ? 'max' : last};`;
    }),
    ...desc.proto.reservedRange.map(({ start, end }) => `${inner}reserved ${start} to ${end - 1};`),
    ...desc.proto.reservedName.map((name) => `${inner}reserved "${name}";`),
    ...desc.nestedExtensions.flatMap((nested) => extensionLines(nested, inner)),
  ];
  return [`${indent}message ${desc.name} {`, ...body, `${indent}}`, ''];
}

function memberLines(member: DescField | DescOneof, indent: string): string[] {
  if (member.kind === 'field') return [fieldLine(member, indent)];
  return [
    `${indent}oneof ${member.name} {`,
    ...member.fields.map((field) => `${indent}  ${typeName(field)} ${field.name} = ${field.number};`),
    `${indent}}`,
  ];
}

function fieldLine(field: DescField | DescExtension, indent: string): string {
  return `${indent}${label(field)}${typeName(field)} ${field.name} = ${field.number};`;
}

function label(field: DescField | DescExtension): string {
  if (field.fieldKind === 'map') return '';
  if (field.fieldKind === 'list') return 'repeated ';
  const proto2 = (field.kind === 'extension' ? field.file : field.parent.file).edition === 998;
  if (!proto2) return field.proto.proto3Optional ? 'optional ' : '';
  return field.proto.label === FieldDescriptorProto_Label.REQUIRED ? 'required ' : 'optional ';
}

function typeName(field: DescField | DescExtension): string {
  const element = (message?: DescMessage, enumeration?: DescEnum, scalar?: ScalarType) =>
    message
      ? `.${message.typeName}`
      : enumeration
        ? `.${enumeration.typeName}`
        : ScalarType[scalar ?? 0]?.toLowerCase();
  if (field.fieldKind === 'map') {
    return `map<${ScalarType[field.mapKey]?.toLowerCase()}, ${element(field.message, field.enum, field.scalar)}>`;
  }
  return element(field.message, field.enum, field.scalar) ?? '';
}

function enumLines(desc: DescEnum, indent: string): string[] {
  return [
    `${indent}enum ${desc.name} {`,
    ...desc.proto.reservedRange.map(({ start, end }) => `${indent}  reserved ${start} to ${end};`),
    ...desc.values.map((value) => `${indent}  ${value.name} = ${value.number};`),
    `${indent}}`,
    '',
  ];
}

function extensionLines(desc: DescExtension, indent: string): string[] {
  return [`${indent}extend .${desc.extendee.typeName} {`, fieldLine(desc, `${indent}  `), `${indent}}`, ''];
}
