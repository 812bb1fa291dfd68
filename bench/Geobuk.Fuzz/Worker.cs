namespace Geobuk.Fuzz;

/// <summary>The process that reads hostile files, and may die of one.</summary>
internal static class Worker
{
    /// <summary>Where a worker notes the case it is at; outlives it.</summary>
    public static string ProgressPath(FuzzOptions options) => Path.Combine(options.Output, "running.txt");

    /// <summary>Runs the cases and leaves the final counts where the progress was.</summary>
    public static int Run(FuzzOptions options)
    {
        using var run = new FuzzRun(options);
        using var note = new StreamWriter(new FileStream(ProgressPath(options), FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        void Note(int number, FuzzCounts counts)
        {
            note.BaseStream.Position = 0;
            note.WriteLine($"{number,10} {counts.Accepted,10} {counts.Refused,10} {counts.Failed,10}");
        }
        if (options.First == 0) run.CheckSeeds();
        var broken = run.Failures.Count;
        var counts = run.RunAll(Note);
        Note(options.First + counts.Total, counts);
        foreach (var (target, part) in run.ByTarget) Console.WriteLine($"{target,-16} {part}");
        foreach (var failure in run.Failures) Console.WriteLine(failure);
        return broken + counts.Failed == 0 ? 0 : 1;
    }
}
