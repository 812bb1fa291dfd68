using System.Text.Json;
using Geobuk.Samples.Generator;

namespace Geobuk.Samples.Tests;

/// <summary>The generated sample as the tests read it: training documents apart from the exam.</summary>
internal static class SampleText
{
    public static IReadOnlyDictionary<string, string> Files { get; } = SampleGenerator.Generate();

    public static string[] Documents { get; } = [.. Files.Where(file => file.Key != SampleGenerator.Exam).SelectMany(Split)];

    public static ExamQuestion[] Exam { get; } =
        [.. Lines(Files[SampleGenerator.Exam]).Select(line => JsonSerializer.Deserialize<ExamQuestion>(line, JsonSerializerOptions.Web)!)];

    private static IEnumerable<string> Split(KeyValuePair<string, string> file) =>
        file.Key.EndsWith(".jsonl", StringComparison.Ordinal)
            ? Lines(file.Value).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)
            : [file.Value];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
