using System.Text.Json;
using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources;

/// <summary>
/// JSON lines: one object per line with its text under one of <see cref="TextKeys"/>, its name optionally under "id".
/// A file in which no line has a text (an index, a manifest) holds no document; a line without one among lines that have it is an error.
/// </summary>
internal static class JsonLinesReader
{
    public static readonly string[] TextKeys = ["text", "content", "body", "document", "본문", "내용"];
    private static readonly string[] TitleKeys = ["title", "제목"];
    private static readonly string[] LicenseKeys = ["license", "licence", "이용허락"];
    private static readonly string[] OriginKeys = ["url", "origin", "출처"];
    private static readonly string[] PromulgatedKeys = ["promulgated", "date", "공포일자"];
    private static readonly string[] EffectiveKeys = ["effective", "시행일자"];
    private static readonly string[] LawKeys = ["law_id", "법령ID"];
    private static readonly string[] VersionKeys = ["mst", "법령MST"];
    private static readonly string[] NumberKeys = ["no", "공포번호"];
    private static readonly string[] RevisionKeys = ["change", "제개정구분"];

    public static IEnumerable<SourceDocument> Read(SourceFile file)
    {
        var withText = 0;
        var firstWithout = 0;
        foreach (var line in ByteLines.Read(file.Path))
        {
            if (IsBlank(line.Bytes.Span)) continue;
            var document = Parse(file, line);
            if (document is null) firstWithout = firstWithout == 0 ? line.Number : firstWithout;
            else withText++;
            if (withText > 0 && firstWithout > 0) throw NoText(file, firstWithout);
            if (document is not null) yield return document;
        }
    }

    public static SourceDocument ReadAt(SourceFile file, DocumentLocation location)
    {
        var bytes = FileContent.Read(file.Path, location.Offset, location.Length);
        return Parse(file, new ByteLine(location.Offset, location.Line, bytes)) ?? throw NoText(file, location.Line);
    }

    private static RefusedDocumentException NoText(SourceFile file, int line) =>
        new(RefusalReason.Damaged, $"{file.Path}:{line}: no text; expected a string under one of {string.Join(", ", TextKeys)}, as other lines have. Add it or remove the line.");

    private static SourceDocument? Parse(SourceFile file, ByteLine line)
    {
        StrictUtf8.Require(line.Bytes.Span, file.Path, line.Offset);
        try
        {
            using var json = JsonDocument.Parse(WithoutMark(line));
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Malformed(file, line, $"a JSON {json.RootElement.ValueKind}");
            var raw = First(json.RootElement, TextKeys);
            return raw is null ? null : Build(file, line, json.RootElement, raw);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Malformed(file, line, e.Message.Split(" LineNumber")[0]);
        }
    }

    private static SourceDocument Build(SourceFile file, ByteLine line, JsonElement root, string raw)
    {
        var name = root.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? id.ToString() : $"{line.Number}";
        var documentId = $"{file.Id}#{name}";
        NormalizationCounts counts = default;
        var blocks = PlainTextReader.Paragraphs(raw, documentId);
        foreach (var property in root.EnumerateObject())
            if (property.Value.ValueKind == JsonValueKind.String && FrontMatter.IsGrade(property.Name)) blocks.Add(FrontMatter.GradeBlock(documentId, $"{property.Name}: {property.Value.GetString()}"));
        var text = DocumentText.Lay(blocks, dense: false, ref counts);
        return new SourceDocument
        {
            Id = documentId,
            Source = file.Source,
            Title = First(root, TitleKeys),
            Format = "jsonl",
            Dates = Dates(root),
            Law = First(root, LawKeys) is { } law ? new LawIdentity(law, First(root, VersionKeys), First(root, NumberKeys), First(root, RevisionKeys), []) : null,
            License = First(root, LicenseKeys),
            Origin = First(root, OriginKeys),
            Blocks = blocks,
            Text = text,
            Counts = counts,
            Location = new DocumentLocation(line.Offset, line.Bytes.Length, line.Number),
        };
    }

    private static DocumentDates? Dates(JsonElement root)
    {
        var dates = new DocumentDates(DocumentDates.Parse(First(root, PromulgatedKeys)), DocumentDates.Parse(First(root, EffectiveKeys)));
        return dates is { Promulgated: null, Effective: null } ? null : dates;
    }

    private static string? First(JsonElement root, string[] keys)
    {
        foreach (var key in keys)
        {
            if (root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String) return value.GetString();
        }
        return null;
    }

    private static RefusedDocumentException Malformed(SourceFile file, ByteLine line, string found) =>
        new(RefusalReason.Damaged, $"{file.Path}:{line.Number}: {found}; expected one JSON object such as {{\"id\": \"1\", \"text\": \"…\"}}. Correct the line.");

    private static ReadOnlyMemory<byte> WithoutMark(ByteLine line) =>
        line.Offset == 0 && line.Bytes.Span is [0xEF, 0xBB, 0xBF, ..] ? line.Bytes[3..] : line.Bytes;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
