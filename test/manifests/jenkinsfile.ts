/** A statement of a Jenkinsfile as it is written, up to its block, with the statements in that block. */
export interface Statement {
  readonly text: string;
  /** Undefined where it has no block. */
  readonly block?: readonly Statement[];
}

/** The statements of a Jenkinsfile. Groovy allows more than this reads; what it does not read it refuses. */
export function parseJenkinsfile(source: string): Statement[] {
  const tokens =
    source.match(/\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[{}()[\]\n]|[^\s'"{}()[\]/]+|[^\S\n]+|./g) ?? [];
  let at = 0;

  function statements(isNested: boolean): Statement[] {
    const found: Statement[] = [];
    let text = '';
    let open = 0;
    const end = () => {
      if (open > 0) throw new Error(`not closed: ${text.trim()}`);
      if (text.trim() !== '') found.push({ text: text.trim() });
      text = '';
    };
    while (at < tokens.length) {
      const token = tokens[at++] ?? '';
      if (token.startsWith('//')) continue;
      if (token === "'" || token === '"') throw new Error(`a text that does not end: ${text}${token}`);
      if (token === '{' && open === 0) {
        found.push({ text: text.trim(), block: statements(true) });
        text = '';
      } else if (token === '}' && open === 0) {
        end();
        if (!isNested) throw new Error('one brace too many');
        return found;
      } else if (token === '\n') {
        if (open === 0) end();
      } else {
        if ('(['.includes(token)) open++;
        if (')]'.includes(token) && --open < 0) throw new Error(`one bracket too many: ${text}`);
        text += token;
      }
    }
    end();
    if (isNested) throw new Error('a block that does not end');
    return found;
  }

  return statements(false);
}

/** `stage('test')` is a stage, `branch 'main'` a branch, `IMAGE = '…'` an IMAGE. */
const nameOf = ({ text }: Statement) => /^[A-Za-z_]\w*/.exec(text)?.[0] ?? text;
const child = (statement: Statement, name: string) => statement.block?.find((each) => nameOf(each) === name);
const words = (list: string) => new Set(list.split(' '));

// From "Pipeline Syntax" of Jenkins' handbook; of options, steps and parameters those that are used here.
const ofPipeline = words('agent environment options parameters tools triggers libraries stages post');
const ofStage = words('agent environment failFast input matrix options parallel post stages steps tools when');
const bodies = ['matrix', 'parallel', 'stages', 'steps'];
const conditions = words(
  'branch buildingTag changelog changeRequest changeset environment equals expression tag triggeredBy',
);
const combinations = words('allOf anyOf not');
const whenOptions = words('beforeAgent beforeInput beforeOptions');
const outcomes = words('aborted always changed cleanup failure fixed regression success unstable unsuccessful');
const values: Record<string, RegExp> = {
  agent: /^(any|none|label '[^']+')$/,
  environment: /^[A-Z_]+ = ('[^']*'|"[^"]*"|credentials\('[^']+'\))$/,
  options: /^(timeout|disableConcurrentBuilds|buildDiscarder|lock)\(.*\)$/,
  parameters: /^(choice|string)\(name: '[A-Z_]+', .*\)$/,
};
const steps = /^(sh '[^']+'|archiveArtifacts artifacts: .+|input message: .+|withCredentials\(\[.+\]\))$/;

/** What Jenkins would refuse to run, as far as it is known here. */
export function faultsOf(source: string): string[] {
  const faults: string[] = [];
  const held = (isRight: boolean, fault: string) => isRight || faults.push(fault);

  function body(where: string, { block = [] }: Statement, allowed: ReadonlySet<string>): void {
    const names = block.map(nameOf);
    for (const name of names) held(allowed.has(name), `${where}: no ${name} here`);
    held(new Set(names).size === names.length, `${where}: something twice`);
    for (const each of block) {
      const name = nameOf(each);
      const rule = values[name];
      if (name === 'post') post(where, each);
      else if (name === 'when') when(`${where}, when`, each, true);
      else if (name === 'stages') stages(where, each);
      else if (name === 'steps') inSteps(`${where}, steps`, each);
      else if (rule) {
        const lines = each.block ?? [{ text: each.text.slice(name.length).trim() }];
        held(lines.length > 0, `${where}: ${name} is empty`);
        for (const { text } of lines) held(rule.test(text), `${where}, ${name}: ${text}`);
      }
    }
  }

  function stages(where: string, { block = [] }: Statement): void {
    held(block.length > 0, `${where}: no stage`);
    held(new Set(block.map(({ text }) => text)).size === block.length, `${where}: a stage twice`);
    for (const stage of block) {
      held(/^stage\('[\w ]+'\)$/.test(stage.text), `${where}: ${stage.text} is no stage`);
      body(stage.text, stage, ofStage);
      const has = bodies.filter((name) => child(stage, name));
      held(has.length === 1, `${stage.text}: ${has.length === 0 ? 'does nothing' : has.join(' and ')}`);
    }
  }

  function when(where: string, { block = [] }: Statement, isOutermost: boolean): void {
    const asked = block.filter((each) => !(isOutermost && whenOptions.has(nameOf(each))));
    held(asked.length > 0, `${where}: no condition`);
    for (const each of asked) {
      const name = nameOf(each);
      if (combinations.has(name)) when(`${where}, ${name}`, each, false);
      else held(conditions.has(name), `${where}: no condition ${name}`);
      held(name !== 'expression' || each.block?.length === 1, `${where}: an expression is a block`);
    }
  }

  function post(where: string, { block = [] }: Statement): void {
    held(block.length > 0, `${where}: an empty post`);
    for (const each of block) {
      held(outcomes.has(each.text), `${where}, post: no ${each.text}`);
      inSteps(`${where}, post`, each);
    }
  }

  function inSteps(where: string, { block = [] }: Statement): void {
    held(block.length > 0, `${where}: nothing`);
    for (const each of block) {
      held(steps.test(each.text), `${where}: ${each.text}`);
      if (each.block) inSteps(where, each);
    }
  }

  const [pipeline, ...more] = parseJenkinsfile(source);
  held(pipeline?.text === 'pipeline' && more.length === 0, 'not one pipeline');
  if (!pipeline) return faults;
  for (const name of ['agent', 'stages']) held(child(pipeline, name) !== undefined, `no ${name}`);
  body('pipeline', pipeline, ofPipeline);
  return faults;
}

/** A stage of the outermost ones, as text without comments. */
export function stagesOf(source: string): Map<string, string> {
  const [pipeline] = parseJenkinsfile(source);
  const all = (pipeline && child(pipeline, 'stages')?.block) ?? [];
  return new Map(all.map((stage) => [/'(.+)'/.exec(stage.text)?.[1] ?? '', textOf(stage)]));
}

function textOf({ text, block }: Statement): string {
  return block ? `${text} {\n${block.map(textOf).join('\n')}\n}` : text;
}
