using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Corpus.Sources;
using Geobuk.Models;

namespace Geobuk.Corpus.Synthesis;

/// <summary>Statutes in, synthetic.jsonl (a document source for corpus.domain), exam.jsonl and held-back.txt out.</summary>
public static class SynthesisFiles
{
    /// <summary>Name of the training text.</summary>
    public const string TextsName = "synthetic.jsonl";
    /// <summary>Name of the exam.</summary>
    public const string ExamName = "exam.jsonl";
    /// <summary>Name of the list of held-back articles.</summary>
    public const string HeldBackName = "held-back.txt";

    private static readonly JsonSerializerOptions s_lines = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Reads the statutes below the sources and writes the three files; each appears whole or not at all.</summary>
    /// <exception cref="UserInputException">The sources cannot be read, or state no fact.</exception>
    public static StatuteSynthesis Write(IReadOnlyList<string> sources, SynthesisOptions options, string folder, CancellationToken cancellation)
    {
        var articles = DocumentReaders.List(sources, "DIR").AsParallel().AsOrdered().WithCancellation(cancellation)
            .SelectMany(file => DocumentReaders.Read(file).SelectMany(ArticleReader.Read)).ToList();
        var synthesis = StatuteSynthesis.Of(articles, options);
        if (synthesis.Texts.Count == 0)
            throw new UserInputException($"{string.Join(", ", sources)}: {articles.Count} articles and no fact to write about; expected statutes with articles (제1조). Name a folder of statutes, or lower --exam-share.");
        Directory.CreateDirectory(folder);
        WriteLines(Path.Combine(folder, TextsName), synthesis.Texts.Select(text => JsonSerializer.Serialize(text, s_lines)));
        WriteLines(Path.Combine(folder, ExamName), synthesis.Exam.Select(question => JsonSerializer.Serialize(question, s_lines)));
        WriteLines(Path.Combine(folder, HeldBackName), synthesis.HeldBack.Order(StringComparer.Ordinal));
        return synthesis;
    }

    private static void WriteLines(string path, IEnumerable<string> lines)
    {
        using var file = new OutputText(path);
        foreach (var line in lines) file.Write(line + "\n");
        file.Complete();
    }
}
