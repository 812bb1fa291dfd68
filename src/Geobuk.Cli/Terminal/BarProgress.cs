using Spectre.Console;
using Spectre.Console.Rendering;

namespace Geobuk.Cli.Terminal;

/// <summary>Progress as a bar with rate and time left, on a terminal.</summary>
internal sealed class BarProgress : ProgressDisplay
{
    private readonly IAnsiConsole _console;
    private readonly TaskCompletionSource<ProgressContext> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;
    private readonly ProgressContext _context;
    private ProgressTask? _bar;
    private volatile string _details = "";

    public BarProgress(IAnsiConsole console)
    {
        _console = console;
        var progress = console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new DetailsColumn(this));
        _drawing = progress.StartAsync(context =>
        {
            _ready.SetResult(context);
            return _end.Task;
        });
        _context = _ready.Task.GetAwaiter().GetResult();
    }

    public override void Dispose()
    {
        base.Dispose();
        _end.TrySetResult();
        _drawing.GetAwaiter().GetResult();
    }

    protected override void Show(string work, RateMeter meter, bool fresh)
    {
        var report = meter.Latest!;
        var title = Markup.Escape($"{work}: {report.Phase}");
        _bar ??= _context.AddTask(title);
        _bar.Description = title;
        _bar.IsIndeterminate(report.Total is null);
        _bar.MaxValue = Math.Max(1, report.Total ?? 1);
        // A full bar counts as finished and no longer moves; the last unit is the next phase's to show.
        _bar.Value = Math.Min(report.Done, _bar.MaxValue * 0.9999);
        _details = meter.Describe();
    }

    protected override void ShowLine(string text)
    {
        _bar?.StopTask();
        _bar?.HideWhenCompleted(true);
        _bar = null;
        _console.MarkupLine(Markup.Escape(text));
    }

    private sealed class DetailsColumn(BarProgress display) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(display._details);
    }
}
