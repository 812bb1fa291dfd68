namespace Geobuk.Corpus.Sources;

/// <summary>A cell of a table.</summary>
/// <param name="Row">Row of its upper left corner, from 0.</param>
/// <param name="Column">Column of its upper left corner, from 0.</param>
/// <param name="RowSpan">Rows that it covers, from 1.</param>
/// <param name="ColumnSpan">Columns that it covers, from 1.</param>
/// <param name="Text">Its paragraphs, a line each; a table in it row by row.</param>
public sealed record TableCell(int Row, int Column, int RowSpan, int ColumnSpan, string Text);
