namespace Geobuk.Samples.Generator;

/// <summary>All files of the sample, by path relative to samples/ with forward slashes.</summary>
public static class SampleGenerator
{
    /// <summary>The path of the exam among the files.</summary>
    public const string Exam = "exam.jsonl";

    /// <summary>Office documents, by path relative to samples/ with forward slashes; the same bytes on every call.</summary>
    public static IReadOnlyDictionary<string, byte[]> GenerateDocuments() =>
        new SortedDictionary<string, byte[]>(OfficeDocuments.Write().ToDictionary(file => $"documents/{file.Path}", file => file.Content), StringComparer.Ordinal);

    /// <summary>The same bytes on every call: nothing depends on time, machine or culture.</summary>
    public static IReadOnlyDictionary<string, string> Generate()
    {
        var rulebook = new Rulebook();
        var regulation = new RegulationWriter(rulebook);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var documents = regulation.Write().ToArray()
            .Concat(new GuideWriter(rulebook).Write())
            .Concat(new NoticeWriter(rulebook).Write())
            .Concat(new QuestionWriter(rulebook).Write());
        foreach (var (path, text) in documents) files.Add($"rulebook/{path}", text);
        files.Add(Exam, new ExamWriter(rulebook, regulation.Sources).Write());
        return files;
    }
}
