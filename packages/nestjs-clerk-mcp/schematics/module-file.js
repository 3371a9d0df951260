// @ts-check
import { loadTypescript } from './typescript.js';

/** @typedef {import('typescript').Node} Node */
/** @typedef {import('typescript').SourceFile} SourceFile */
/** @typedef {import('typescript').ArrayLiteralExpression} ArrayLiteralExpression */
/** @typedef {import('typescript').ObjectLiteralExpression} ObjectLiteralExpression */

/**
 * Adds an element to a list of `@Module()` in a file, unless the list has it already.
 *
 * @param {string} source text of the file
 * @param {string} path path of the file, for messages
 * @param {'imports' | 'providers'} list
 * @param {string} element code of the element
 */
export function addToModule(source, path, list, element) {
  const ts = loadTypescript();
  const file = parse(source);
  const advice = `add ${element.split('\n', 1)[0]} to its ${list} by hand`;
  const options = moduleOptions(file, path, advice);
  const property = options.properties.find((one) => one.name?.getText(file) === list);
  if (property === undefined) return addProperty(source, file, options, `${list}: [${element}]`);
  const array = ts.isPropertyAssignment(property) ? property.initializer : undefined;
  if (array === undefined || !ts.isArrayLiteralExpression(array)) {
    throw new Error(`${list} of @Module() in ${path} is not an array literal. Please ${advice}.`);
  }
  if (array.elements.some((one) => one.getText(file) === element)) return source;
  return addElement(source, file, array, element);
}

/**
 * Imports names from a module, beside those that the file imports already.
 *
 * @param {string} source @param {readonly string[]} names @param {string} from
 */
export function addImport(source, names, from) {
  const ts = loadTypescript();
  const file = parse(source);
  const declarations = file.statements.filter(ts.isImportDeclaration);
  for (const declaration of declarations) {
    const { importClause: clause, moduleSpecifier } = declaration;
    const bindings = clause?.namedBindings;
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== from) continue;
    if (!bindings || !ts.isNamedImports(bindings) || clause.isTypeOnly || clause.name) continue;
    const present = bindings.elements.map((one) => one.getText(file));
    const missing = names.filter((name) => !present.includes(name));
    if (missing.length === 0) return source;
    const all = importStatement(source, [...present, ...missing], from);
    return replace(source, declaration.getStart(file), declaration.getEnd(), all);
  }
  const statement = importStatement(source, names, from);
  const isPackage = (/** @type {Node} */ one) => !/from\s+['"]\./.test(one.getText(file));
  // Imports of packages stand above those of files.
  const last =
    (from.startsWith('.') ? undefined : declarations.findLast(isPackage)) ?? declarations.at(-1);
  if (last) return replace(source, last.getEnd(), last.getEnd(), `\n${statement}`);
  const start = file.statements[0]?.getStart(file) ?? 0;
  return replace(source, start, start, `${statement}\n\n`);
}

/**
 * Whether a file has `NAME.forRoot()` or `NAME.forRootAsync()`.
 *
 * @param {string} source @param {string} name
 */
export function hasForRoot(source, name) {
  const ts = loadTypescript();
  /** @param {Node} node @returns {boolean} */
  const isOrContains = (node) =>
    (ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === name &&
      /^forRoot(Async)?$/.test(node.name.text)) ||
    (ts.forEachChild(node, (child) => isOrContains(child) || undefined) ?? false);
  return isOrContains(parse(source));
}

/**
 * Where the module comes from that `NestFactory.create…()` of a file starts.
 *
 * @param {string} source @returns {string | undefined} the specifier of its import
 */
export function rootModuleImport(source) {
  const ts = loadTypescript();
  const file = parse(source);
  /** @param {Node} node @returns {string | undefined} */
  const rootModule = (node) =>
    ts.isCallExpression(node) && /^NestFactory\.create\w*$/.test(node.expression.getText(file))
      ? node.arguments[0]?.getText(file)
      : ts.forEachChild(node, rootModule);
  const name = rootModule(file);
  return name === undefined ? undefined : importedFrom(source, name);
}

/**
 * Where a file imports a name from.
 *
 * @param {string} source @param {string} name @returns {string | undefined}
 */
export function importedFrom(source, name) {
  const ts = loadTypescript();
  for (const statement of parse(source).statements.filter(ts.isImportDeclaration)) {
    const { importClause, moduleSpecifier } = statement;
    const bindings = importClause?.namedBindings;
    const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const isImported = [importClause, ...named].some((one) => one?.name?.text === name);
    if (isImported && ts.isStringLiteral(moduleSpecifier)) return moduleSpecifier.text;
  }
  return undefined;
}

/** @param {string} source */
function parse(source) {
  const ts = loadTypescript();
  return ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest, true);
}

/**
 * The argument of the first `@Module()`.
 *
 * @param {SourceFile} file @param {string} path @param {string} advice
 */
function moduleOptions(file, path, advice) {
  const ts = loadTypescript();
  for (const statement of file.statements.filter(ts.isClassDeclaration)) {
    for (const { expression } of ts.getDecorators(statement) ?? []) {
      if (!ts.isCallExpression(expression)) continue;
      if (expression.expression.getText(file) !== 'Module') continue;
      const [options] = expression.arguments;
      if (options && ts.isObjectLiteralExpression(options)) return options;
      throw new Error(
        `@Module() in ${path} has no object literal. Write @Module({}), or ${advice}.`,
      );
    }
  }
  throw new Error(`${path} has no class with @Module(). Name the file of a module, or ${advice}.`);
}

/**
 * @param {string} source @param {SourceFile} file
 * @param {ObjectLiteralExpression} options @param {string} property
 */
function addProperty(source, file, options, property) {
  const last = options.properties.at(-1);
  if (last && options.getText(file).includes('\n')) {
    return addAfter(source, options.properties, indent(property, INDENT));
  }
  const present = options.properties.map((one) => `${INDENT}${one.getText(file)},\n`);
  const all = `{\n${present.join('')}${indent(property, INDENT)},\n}`;
  return replace(source, options.getStart(file), options.getEnd(), all);
}

/**
 * @param {string} source @param {SourceFile} file
 * @param {ArrayLiteralExpression} array @param {string} element
 */
function addElement(source, file, array, element) {
  const { elements } = array;
  const start = array.getStart(file);
  const first = elements[0];
  if (first && source.slice(start, first.getStart(file)).includes('\n')) {
    const indentation = indentationAt(source, first.getStart(file));
    return addAfter(source, elements, indent(element, indentation));
  }
  const present = elements.map((one) => one.getText(file));
  const line = `[${[...present, element].join(', ')}]`;
  if (!line.includes('\n') && line.length <= LINE_WIDTH - 20) {
    return replace(source, start, array.getEnd(), line);
  }
  const indentation = indentationAt(source, start);
  // The lines of an element keep their distance from the first one.
  const moved = present.map(
    (one) => `${indentation}${INDENT}${one.replaceAll('\n', `\n${INDENT}`)},\n`,
  );
  const added = `${indent(element, indentation + INDENT)},\n`;
  const all = `[\n${moved.join('')}${added}${indentation}]`;
  return replace(source, start, array.getEnd(), all);
}

/**
 * Adds a line to a list that has one line or more for each of its members.
 *
 * @param {string} source @param {import('typescript').NodeArray<Node>} members @param {string} text
 */
function addAfter(source, members, text) {
  const ts = loadTypescript();
  const end = members.at(-1)?.getEnd() ?? 0;
  const comma = members.hasTrailingComma ? source.indexOf(',', end) + 1 : end;
  // A comment on the line of the last member stays there.
  const at = ts.getTrailingCommentRanges(source, comma)?.at(-1)?.end ?? comma;
  const withLine = replace(source, at, at, `\n${text},`);
  return members.hasTrailingComma ? withLine : replace(withLine, end, end, ',');
}

/** @param {string} source @param {readonly string[]} names @param {string} from */
function importStatement(source, names, from) {
  const quote = /from\s+"/.test(source) && !/from\s+'/.test(source) ? '"' : "'";
  const end = /^import .*[^;\s]$/m.test(source) && !/^import .*;\s*$/m.test(source) ? '' : ';';
  const module = `from ${quote}${from}${quote}${end}`;
  const line = `import { ${names.join(', ')} } ${module}`;
  if (line.length <= LINE_WIDTH) return line;
  return `import {\n${names.map((name) => `${INDENT}${name},\n`).join('')}} ${module}`;
}

/** @param {string} text @param {string} indentation */
function indent(text, indentation) {
  return text.replaceAll(/^(?=.)/gm, indentation);
}

/** @param {string} source @param {number} position */
function indentationAt(source, position) {
  return /^[ \t]*/.exec(source.slice(source.lastIndexOf('\n', position - 1) + 1))?.[0] ?? '';
}

/**
 * With the line ends of the file.
 *
 * @param {string} source @param {number} start @param {number} end @param {string} text
 */
function replace(source, start, end, text) {
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  return source.slice(0, start) + text.replaceAll(/\r?\n/g, newline) + source.slice(end);
}

const INDENT = '  ';
const LINE_WIDTH = 80;
