using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Tests;

namespace Geobuk.Bench;

/// <summary>llama.cpp's quantizer on a file, and its logits on ours.</summary>
internal static class QuantizerPeer
{
    /// <summary>Quantizes and prints seconds and peak resident memory as JSON.</summary>
    /// <param name="libraries">node_modules/@node-llama-cpp/linux-x64/bins/linux-x64.</param>
    /// <param name="source">An unquantized GGUF file.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="preset">Name of a mix.</param>
    /// <param name="threads">Threads.</param>
    public static void Quantize(string libraries, string source, string target, string preset, int threads)
    {
        var library = new LlamaCppLibrary(Path.GetFullPath(libraries));
        var clock = Stopwatch.StartNew();
        var answer = library.Quantize(source, target, CompressionPreset.Find(preset).FileType, threads);
        if (answer != 0) throw new InvalidOperationException($"{source}: llama.cpp's quantizer answered {answer}");
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(new { seconds = clock.Elapsed.TotalSeconds, bytes = new FileInfo(target).Length, peak_rss_bytes = self.PeakWorkingSet64 }));
    }

    /// <summary>Prints how far the distributions of the next token lie apart after each prefix of a short sequence.</summary>
    /// <param name="script">tests/oracle/logits.mjs.</param>
    /// <param name="file">A GGUF file.</param>
    public static void Agree(string script, string file)
    {
        int[] ids = [.. Enumerable.Range(0, 8).Select(i => 11 + 37 * i)];
        var request = Path.GetTempFileName();
        File.WriteAllText(request, JsonSerializer.Serialize(ids));
        var start = new ProcessStartInfo("node", [Path.GetFullPath(script), Path.GetFullPath(file), request]) { WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(script)), RedirectStandardOutput = true };
        double[][] theirs;
        using (var process = Process.Start(start)!)
        {
            theirs = JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement.GetProperty("probabilities").Deserialize<double[][]>()!;
            process.WaitForExit();
        }
        File.Delete(request);
        using var model = InferenceModel.Load(file);
        using var engine = new Engine(model);
        var (divergence, difference, same) = (0.0, 0.0, 0);
        engine.Logits(ids, (position, logits) =>
        {
            var ours = Softmax(logits);
            divergence += theirs[position].Zip(ours, (p, q) => p * Math.Log(p / q)).Sum() / ids.Length;
            difference = Math.Max(difference, theirs[position].Zip(ours, (p, q) => Math.Abs(p - q)).Max());
            if (Array.IndexOf(ours, ours.Max()) == Array.IndexOf(theirs[position], theirs[position].Max())) same++;
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: llama.cpp opens it; mean divergence {divergence:g3}, largest difference of a probability {difference:g3}, the same most probable token after {same} of {ids.Length} prefixes"));
    }

    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        var most = float.NegativeInfinity;
        foreach (var logit in logits) most = Math.Max(most, logit);
        var values = new double[logits.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Math.Exp(logits[i] - most);
        var sum = values.Sum();
        return Array.ConvertAll(values, value => value / sum);
    }
}
