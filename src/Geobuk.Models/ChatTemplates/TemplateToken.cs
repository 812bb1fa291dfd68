namespace Geobuk.Models.ChatTemplates;

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Text outside tags, a name, an operator, a number, or a string's content.</param>
/// <param name="Line">Line, from 1.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Line);
