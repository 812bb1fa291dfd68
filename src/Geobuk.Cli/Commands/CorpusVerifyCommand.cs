using System.CommandLine;
using Geobuk.Corpus;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus verify</c>: a corpus against its lineage, hashes and cards.</summary>
internal static class CorpusVerifyCommand
{
    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Folder of a corpus." };
        return Verb.Create("verify", "Check a corpus: files and tokens against their hashes, lineage against the Merkle root, cards against Croissant 1.1 and SPDX 3.0.1.",
            "geobuk corpus verify runs/quickstart/corpus", [corpus], (arguments, output, cancellation) =>
            {
                var folder = arguments.GetRequiredValue(corpus);
                var problems = CorpusVerification.Problems(folder, cancellation);
                var root = CorpusReport.Load(Path.Combine(folder, "corpus.json")).MerkleRoot;
                output.Result(new { Whole = problems.Count == 0, MerkleRoot = root, Problems = problems }, console =>
                {
                    foreach (var problem in problems) console.WriteLine(problem);
                    console.WriteLine(problems.Count == 0 ? $"{folder} is whole; Merkle root {root}" : $"{folder}: {problems.Count} problems");
                });
                return Task.FromResult(problems.Count == 0 ? ExitCode.Done : ExitCode.Failed);
            });
    }
}
