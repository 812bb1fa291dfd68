namespace Geobuk.Cli.Terminal;

/// <summary>Shows nothing, for --quiet.</summary>
internal sealed class NoProgress : ProgressDisplay
{
    protected override void Show(string work, RateMeter meter, bool fresh) { }

    protected override void ShowLine(string text) { }
}
