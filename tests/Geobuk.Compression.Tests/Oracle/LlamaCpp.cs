using System.Diagnostics;
using System.Text.Json;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>
/// llama.cpp as node-llama-cpp brings it, an independent implementation. Found in the folder GEOBUK_ORACLE or in tests/oracle,
/// after npm install --ignore-scripts there; tests skip where it is absent and fail in CI.
/// </summary>
internal static class LlamaCpp
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>The folder with its scripts and node_modules.</summary>
    public static string Folder()
    {
        var folder = Environment.GetEnvironmentVariable("GEOBUK_ORACLE") ?? TestPaths.Repository("tests", "oracle");
        var present = File.Exists(Path.Combine(folder, "node_modules", "node-llama-cpp", "package.json")) && HasNode();
        if (!present && Environment.GetEnvironmentVariable("CI") == "true")
            throw new FileNotFoundException($"CI needs Node.js and node-llama-cpp: run npm install --ignore-scripts in {folder}", folder);
        Skip.IfNot(present, $"llama.cpp is not here: run npm install --ignore-scripts in {folder}");
        return folder;
    }

    /// <summary>The folder of its native libraries.</summary>
    public static string Libraries() => Path.Combine(Folder(), "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64");

    /// <summary>Distributions of the next token after each prefix.</summary>
    public static double[][] Probabilities(string model, IReadOnlyList<int> ids) => Ask(model, JsonSerializer.Serialize(ids)).Probabilities;

    /// <summary>The same, computed so many tokens at once.</summary>
    public static double[][] Probabilities(string model, IReadOnlyList<int> ids, int batch) => Ask(model, JsonSerializer.Serialize(new { ids, batch })).Probabilities;

    /// <summary>Its tokens of a text.</summary>
    public static int[] Tokenize(string model, string text, bool special) => Ask(model, JsonSerializer.Serialize(new { text, special })).Tokens;

    private static (int[] Tokens, double[][] Probabilities) Ask(string model, string request)
    {
        var folder = Folder();
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, request);
            using var answer = JsonDocument.Parse(Run(folder, Path.Combine(TestPaths.Repository("tests", "oracle"), "logits.mjs"), model, file));
            return (answer.RootElement.GetProperty("tokens").Deserialize<int[]>()!, answer.RootElement.GetProperty("probabilities").Deserialize<double[][]>()!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"node {string.Join(' ', arguments)} did not end within {s_patience}");
        }
        Assert.True(process.ExitCode == 0, $"node {string.Join(' ', arguments)}: {errors.Result}");
        return output.Result;
    }

    private static bool HasNode() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")));
}
