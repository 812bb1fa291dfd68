using Geobuk.Compute.Jobs;
using Spectre.Console;

namespace Geobuk.Cli.Terminal;

/// <summary>What others wrote, in a table: as text, and no order to the terminal.</summary>
internal static class Cell
{
    public static string Of(string text) => Markup.Escape(Plain(text));

    /// <summary>For a line outside of a table.</summary>
    public static string Plain(string text) => JobRequest.Shown(text, ' ');
}
