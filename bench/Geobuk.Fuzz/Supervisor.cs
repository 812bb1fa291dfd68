using System.Diagnostics;
using System.Globalization;

namespace Geobuk.Fuzz;

/// <summary>Starts a worker, and another one behind the case that a worker died of.</summary>
internal static class Supervisor
{
    // Exit codes of a worker that lived: nothing found, something found.
    private const int LastOrderlyCode = 1;

    /// <summary>Runs all cases; 1 where any failed.</summary>
    public static int Run(FuzzOptions options)
    {
        Directory.CreateDirectory(options.Output);
        var watch = Stopwatch.StartNew();
        var (counts, code) = (new FuzzCounts(), 0);
        for (var next = options.First; next < options.Mutations;)
        {
            var part = options with { First = next, IsWorker = true };
            var exit = Start(part);
            var (at, partCounts) = ReadProgress(part);
            counts += partCounts;
            code |= exit == 0 ? 0 : 1;
            next = at;
            if (exit is >= 0 and <= LastOrderlyCode) break;
            counts += new FuzzCounts(0, 0, 1);
            SaveCrash(part, next++, exit);
        }
        Console.WriteLine($"seed {options.Seed}, {counts.Total} mutations in {watch.Elapsed.TotalSeconds:0} s: {counts}");
        return code;
    }

    private static int Start(FuzzOptions options)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        // dotnet run starts the program itself, dotnet program.dll the host.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(Supervisor).Assembly.Location);
        foreach (var argument in options.ToArguments()) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static (int Next, FuzzCounts Counts) ReadProgress(FuzzOptions options)
    {
        var path = Worker.ProgressPath(options);
        var numbers = File.Exists(path) ? File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray() : [];
        return numbers is [var next, var accepted, var refused, var failed] ? (next, new FuzzCounts(accepted, refused, failed)) : (options.First, default);
    }

    private static void SaveCrash(FuzzOptions options, int number, int exit)
    {
        using var run = new FuzzRun(options);
        run.Save(number, $"the process dies with exit code {exit}");
        Console.WriteLine(run.Failures[0]);
    }
}
