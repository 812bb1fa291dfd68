using Spectre.Console;

namespace Geobuk.Cli.Terminal;

/// <summary>What others wrote, in a table: as text, and no order to the terminal.</summary>
internal static class Cell
{
    public static string Of(string text) => Markup.Escape(string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)));
}
