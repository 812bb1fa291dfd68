using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Cli;
using Geobuk.Cli.Runs;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Native;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>A chain of the real shape whose steps hash instead of learning. The seed picks how training misbehaves.</summary>
internal static class TestSteps
{
    public const int KillsItself = 101, Aborts = 102, RefusesInput = 103, DiskIsFull = 104, Throws = 105, Hangs = 106, Chatters = 107, SavesSlowly = 108, TellsTorchOptions = 109, RefusesTheBase = 110, FinishesItsStep = 111;

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new() { Name = "base", Part = recipe => recipe.Base, Inputs = recipe => [recipe.Base.Model!], Run = Base },
        new() { Name = "corpus", Parents = ["base"], Part = recipe => recipe.Corpus, Inputs = recipe => recipe.Corpus.Domain, Run = Corpus },
        new() { Name = "train", Link = "adapted", Resumable = true, OnDevice = true, Parents = ["base", "corpus"], Part = recipe => recipe.Train, Run = Train },
        new() { Name = "compress", Parents = ["base", "train"], Part = recipe => recipe.Compress, Run = context => Copy(context, context.Parent("train"), "model.gguf") },
        new() { Name = "report", Parents = ["base", "corpus", "train", "compress"], Part = recipe => new { recipe.Name }, Run = Report },
    ];

    private static void Base(StepContext context)
    {
        if (context.Recipe.Seed == RefusesTheBase) throw new UserInputException("모델: a truncated file; expected a whole one. Fetch it again.");
        Copy(context, context.Recipe.Base.Model!, "base.txt");
    }

    private static void Copy(StepContext context, string folder, string name)
    {
        var text = string.Concat(ContentHash.FilesBelow(folder).Where(file => file != Manifest.FileName).Select(file => File.ReadAllText(Path.Combine(folder, file))));
        File.WriteAllText(Path.Combine(context.OutputFolder, name), text);
    }

    /// <summary>Slow enough to be killed in the middle, and starts clean each time: an old half would show.</summary>
    private static void Corpus(StepContext context)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(context.OutputFolder));
        Directory.CreateDirectory(Path.Combine(context.OutputFolder, "shards"));
        for (var i = 0; i < 5; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Progress.Report(new StepReport("packing", i, 5, "documents"));
            File.WriteAllText(Path.Combine(context.OutputFolder, "shards", $"{i}.txt"), $"{i} {File.ReadAllText(Path.Combine(context.Parent("base"), "base.txt"))}");
            Thread.Sleep(20);
        }
        Copy(context, context.Recipe.Corpus.Domain[0], "문서.txt");
    }

    /// <summary>A chain of hashes with a checkpoint every five steps; each step of the curve is written once.</summary>
    private static void Train(StepContext context)
    {
        Misbehave(context);
        var checkpoint = Path.Combine(context.OutputFolder, "checkpoint.txt");
        var lines = File.Exists(checkpoint) ? File.ReadAllLines(checkpoint).ToList() : [Hash(File.ReadAllText(Path.Combine(context.Parent("corpus"), "문서.txt")))];
        for (var step = lines.Count - 1; step < context.Recipe.Train!.Steps; step++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            lines.Add(Hash(lines[^1] + step.ToString(CultureInfo.InvariantCulture)));
            context.Progress.Report(new StepReport("training", step + 1, context.Recipe.Train.Steps, "steps") { Figures = new Dictionary<string, double> { ["loss"] = 1.0 / (step + 1) } });
            if (step % 5 == 4) AtomicFile.WriteText(checkpoint, string.Join('\n', lines));
            Thread.Sleep(10);
        }
        File.WriteAllLines(Path.Combine(context.OutputFolder, "curve.txt"), lines);
        File.Delete(checkpoint);
    }

    private static void Misbehave(StepContext context)
    {
        switch (context.Recipe.Seed)
        {
            case KillsItself: Interruption.EndProcess(); break;
            case Aborts: Environment.FailFast("a check failed"); break;
            case RefusesInput: throw new UserInputException("문서.txt: bytes that are not UTF-8; expected UTF-8. Save it as UTF-8.");
            case DiskIsFull: throw new IOException("No space left on device", 28);
            case Throws: throw new InvalidOperationException("a fault of ours");
            case Chatters: Console.WriteLine("{\"not\": \"a message\"}"); Console.WriteLine("a library says hello"); break;
            case TellsTorchOptions: Console.WriteLine(TorchOptions.FromEnvironment()); break;
            case FinishesItsStep:
                context.Progress.Report(new StepReport("training", 0, null, ""));
                context.Cancellation.WaitHandle.WaitOne();
                Thread.Sleep(3000);
                File.WriteAllText(Path.Combine(context.OutputFolder, "saved.txt"), "");
                throw new OperationCanceledException();
            case SavesSlowly:
                context.Progress.Report(new StepReport("training", 0, null, ""));
                context.Cancellation.WaitHandle.WaitOne();
                context.Progress.Report(new StepReport("saving", 0, null, "") { IsSaving = true });
                Thread.Sleep(4000);
                File.WriteAllText(Path.Combine(context.OutputFolder, "saved.txt"), "");
                throw new OperationCanceledException();
            case Hangs:
                File.WriteAllText(Path.Combine(context.OutputFolder, "process.txt"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                context.Progress.Report(new StepReport("hanging", 0, null, ""));
                Thread.Sleep(Timeout.Infinite);
                break;
        }
    }

    private static void Report(StepContext context)
    {
        File.WriteAllText(Path.Combine(context.OutputFolder, "report.html"), "<!doctype html><title>report</title>");
        File.WriteAllText(Path.Combine(context.OutputFolder, "report.json"), """
            {"models":[{"name":"base","bytes":8000000,"parameters":4000000,"domain_perplexity":50.5,"general_perplexity":20.25,"exam":{"n":300,"score":0.25,"low":0.2,"high":0.3},"prefill_tps":1234.5,"decode_tps":100},
            {"name":"light","bytes":2500000,"parameters":4000000,"domain_perplexity":10,"general_perplexity":null,"exam":null,"prefill_tps":null,"decode_tps":1}],"kld":{"mean":0.0123,"p99":0.2,"same_top":0.95}}
            """);
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
