import ts from 'typescript';
import { docsPage } from '../../../src/docs/docs-page.js';

/**
 * The shapes of the message that a constructor of an error passes on: `{name}` stands for a value. One for each
 * branch of a condition.
 */
export function messagesOf(type: ts.ClassDeclaration): readonly string[] {
  const constructor = type.members.find(ts.isConstructorDeclaration);
  const call = constructor && findSuper(constructor);
  const argument = call?.arguments[0];
  if (!constructor || !argument) return [];
  return [...new Set(shapesOf(argument, constructor))].filter((shape) => !/^\{\w*\}$/.test(shape));
}

function findSuper(node: ts.Node): ts.CallExpression | undefined {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) return node;
  return ts.forEachChild(node, findSuper);
}

function shapesOf(node: ts.Expression, scope: ts.Node): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return shapesOf(node.expression, scope);
  if (ts.isConditionalExpression(node)) {
    return [...shapesOf(node.whenTrue, scope), ...shapesOf(node.whenFalse, scope)];
  }
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce<readonly string[]>(
      (heads, { expression, literal }) =>
        combine(heads, shapesOf(expression, scope), [literal.text]),
      [node.head.text],
    );
  }
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return shapesOf(node.left, scope);
    return combine(shapesOf(node.left, scope), shapesOf(node.right, scope));
  }
  if (ts.isIdentifier(node)) return shapesOfName(node, scope);
  const page = addressOf(node);
  if (page !== undefined) return [page];
  return [`{${nameOf(node)}}`];
}

/** What `docsPage('servers')` returns. */
function addressOf(node: ts.Expression): string | undefined {
  if (!ts.isCallExpression(node) || node.expression.getText() !== 'docsPage') return undefined;
  const [page = '', anchor] = node.arguments.filter(ts.isStringLiteral).map(({ text }) => text);
  return docsPage(page, anchor);
}

/** A text that is written in the constructor, or the name of a value. */
function shapesOfName(node: ts.Identifier, scope: ts.Node): readonly string[] {
  let initializer: ts.Expression | undefined;
  const visit = (child: ts.Node): void => {
    const declares = ts.isVariableDeclaration(child) || ts.isParameter(child);
    if (declares && child.name.getText() === node.text) initializer = child.initializer;
    ts.forEachChild(child, visit);
  };
  visit(scope);
  const isText =
    initializer &&
    (ts.isStringLiteralLike(initializer) ||
      ts.isTemplateExpression(initializer) ||
      ts.isConditionalExpression(initializer));
  return isText && initializer ? shapesOf(initializer, scope) : [`{${node.text}}`];
}

/** The first name in an expression, such as `known` in `known.join(', ')`. */
function nameOf(node: ts.Expression): string {
  if (ts.isPropertyAccessExpression(node)) {
    const isNumber = node.name.text === 'length';
    return isNumber ? nameOf(node.expression) : node.name.text;
  }
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    const isMethod = ts.isPropertyAccessExpression(expression);
    const isGlobal = isMethod && /^[A-Z]/.test(expression.expression.getText());
    const [argument] = node.arguments;
    if (isMethod && !isGlobal) return nameOf(expression.expression);
    return argument ? nameOf(argument) : '…';
  }
  return /[a-z]\w*/i.exec(node.getText())?.[0] ?? '…';
}

function combine(...parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce((heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail)));
}
