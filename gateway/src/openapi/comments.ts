import type {
  DescEnum,
  DescEnumValue,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescOneof,
  DescService,
} from '@bufbuild/protobuf';

type Commented = DescEnum | DescEnumValue | DescField | DescMessage | DescMethod | DescOneof | DescService;

const byFile = new WeakMap<DescFile, Map<string, string>>();

/** What the contract's author wrote above something; empty where nothing, or where the image came without source info. */
export function commentOf(desc: Commented): string {
  const file = 'file' in desc ? desc.file : desc.parent.file;
  let comments = byFile.get(file);
  if (!comments) {
    comments = readComments(file);
    byFile.set(file, comments);
  }
  return comments.size === 0 ? '' : (comments.get(pathOf(desc).join('.')) ?? '');
}

/** The first sentence of a comment, without its full stop. */
export function firstSentence(comment: string): string {
  const [paragraph = ''] = comment.split(/\n\s*\n/);
  const line = paragraph.replaceAll(/\s+/g, ' ').trim();
  const end = /[.:](?=\s+\p{Lu})|[.:]$/u.exec(line);
  return end ? line.slice(0, end.index) : line;
}

function readComments(file: DescFile): Map<string, string> {
  const locations = file.proto.sourceCodeInfo?.location ?? [];
  return new Map(
    locations.flatMap(({ path, leadingComments, trailingComments }) => {
      const text = clean(leadingComments || trailingComments);
      return text === '' ? [] : [[path.join('.'), text] as const];
    }),
  );
}

/** Takes away the margin, orders to linters, and what AIP-192 marks as not for readers: `(-- … --)`. */
function clean(comment: string): string {
  return comment
    .replaceAll(/\(--[\s\S]*?--\)/g, '')
    .split('\n')
    .map((line) => line.replace(/^ /, '').trimEnd())
    .filter((line) => !/^(buf:lint:|@exclude\b|protolint:)/.test(line))
    .join('\n')
    .trim();
}

/** Where something stands in its file, as SourceCodeInfo counts: numbers of FileDescriptorProto's fields and indexes by turns. */
function pathOf(desc: Commented | DescMessage): number[] {
  switch (desc.kind) {
    case 'message':
      return desc.parent
        ? [...pathOf(desc.parent), 3, desc.parent.proto.nestedType.indexOf(desc.proto)]
        : [4, desc.file.proto.messageType.indexOf(desc.proto)];
    case 'enum':
      return desc.parent
        ? [...pathOf(desc.parent), 4, desc.parent.proto.enumType.indexOf(desc.proto)]
        : [5, desc.file.proto.enumType.indexOf(desc.proto)];
    case 'enum_value':
      return [...pathOf(desc.parent), 2, desc.parent.proto.value.indexOf(desc.proto)];
    case 'field':
      return [...pathOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)];
    case 'oneof':
      return [...pathOf(desc.parent), 8, desc.parent.proto.oneofDecl.indexOf(desc.proto)];
    case 'service':
      return [6, desc.file.proto.service.indexOf(desc.proto)];
    case 'rpc':
      return [...pathOf(desc.parent), 2, desc.parent.proto.method.indexOf(desc.proto)];
    default:
      desc satisfies never;
      return [];
  }
}
