using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference;
using Geobuk.Inference.Drafting;
using Geobuk.Inference.Sampling;

namespace Geobuk.Bench;

/// <summary>
/// What drafting brings by how much of the answer stands in the corpus: the model's own answer, with every n-th token another one. With
/// every second one wrong nothing is to be gained, and as little as possible may be lost. Runs take turns; medians.
/// </summary>
internal static class DraftMeasure
{
    private static readonly int[] s_wrong = [int.MaxValue, 40, 20, 10, 5, 2];

    /// <summary>Prints a row per corpus.</summary>
    public static void Run(string file, int threads, int prompt, int generate, int repeat)
    {
        using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads });
        using var engine = new Engine(model);
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => (int)(i * 7919L % model.Config.VocabularySize))];
        var parameters = new SamplingParameters { MaxTokens = generate, IgnoreEos = true };
        var (answer, _, _) = Generate(engine, tokens, parameters, null);
        Console.WriteLine("| of the answer's tokens in the corpus | plain, tokens/s | drafted | ratio | accepted | answers |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var every in s_wrong)
        {
            var corpus = new CorpusIndex([.. tokens, .. answer.Select((id, i) => i % every == every - 1 ? (id + 1) % model.Config.VocabularySize : id)]);
            var (plain, drafted, accepted, same) = (new List<double>(), new List<double>(), 0, true);
            for (var round = 0; round <= repeat; round++)
            {
                var (_, slow, _) = Generate(engine, tokens, parameters, null);
                var (ids, fast, right) = Generate(engine, tokens, parameters, corpus);
                same &= ids.SequenceEqual(answer);
                // The first round compiles and learns what steps cost.
                if (round == 0) continue;
                plain.Add(slow);
                drafted.Add(fast);
                accepted += right;
            }
            var share = every == int.MaxValue ? "all" : $"all but every {every}th";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {share} | {SideBySide.Median(plain):f1} | {SideBySide.Median(drafted):f1} | **{SideBySide.Median(drafted) / SideBySide.Median(plain):f2}** | {100.0 * accepted / (repeat * (generate - 1)):f0} % | {(same ? "the same" : "DIFFERENT")} |"));
        }
    }

    /// <summary>The answer, its tokens per second after the first, and the guesses that were right.</summary>
    private static (int[] Ids, double Rate, int Accepted) Generate(Engine engine, int[] prompt, SamplingParameters parameters, CorpusIndex? corpus)
    {
        using var generation = engine.Start(prompt, parameters, new GenerationOptions { Corpus = corpus, Lookup = corpus is not null });
        var tokens = generation.Read().ToList();
        return ([.. tokens.Select(token => token.Id)], (tokens.Count - 1) / Stopwatch.GetElapsedTime(tokens[0].Timestamp, tokens[^1].Timestamp).TotalSeconds, generation.Accepted);
    }
}
