using System.Text;
using Geobuk.Corpus.Sources.Hangul;
using Geobuk.Corpus.Sources.Law;
using Geobuk.Corpus.Sources.Office;
using Geobuk.Corpus.Sources.Pdf;
using Geobuk.Corpus.Sources.Tabular;
using Geobuk.Corpus.Sources.Web;
using Geobuk.Models;

namespace Geobuk.Corpus.Sources;

/// <summary>The document formats. A new format is one reader and one line in <see cref="Formats"/>.</summary>
public static class DocumentReaders
{
    private static readonly DocumentFormat[] Formats =
    [
        DocumentFormat.Whole("text", [".txt"], ContainerKind.Text, PlainTextReader.Parse),
        DocumentFormat.Whole("markdown", [".md", ".markdown"], ContainerKind.Text, MarkdownReader.Parse),
        DocumentFormat.Whole("hwp", [".hwp"], ContainerKind.CompoundFile, HwpReader.Parse),
        DocumentFormat.Whole("hwpx", [".hwpx"], ContainerKind.Zip, HwpxReader.Parse),
        DocumentFormat.Whole("hwpml", [".hml"], ContainerKind.Text, HwpmlReader.Parse),
        DocumentFormat.Whole("law-xml", [".xml"], ContainerKind.Text, LawReader.ParseXml),
        DocumentFormat.Whole("law-json", [".json"], ContainerKind.Text, LawReader.ParseJson),
        DocumentFormat.Whole("pdf", [".pdf"], ContainerKind.Pdf, PdfReader.Parse),
        DocumentFormat.Whole("docx", [".docx"], ContainerKind.Zip, DocxReader.Parse),
        DocumentFormat.Whole("xlsx", [".xlsx"], ContainerKind.Zip, XlsxReader.Parse),
        DocumentFormat.Whole("html", [".html", ".htm"], ContainerKind.Text, HtmlReader.Parse),
        DocumentFormat.Whole("dita", [".dita"], ContainerKind.Text, DitaReader.Parse),
        new("csv", [".csv", ".tsv"], ContainerKind.Text, CsvReader.Read) { ReadAt = CsvReader.ReadAt },
        new("parquet", [".parquet"], ContainerKind.Parquet, ParquetFileReader.Read) { ReadAt = ParquetFileReader.ReadAt },
        new("jsonl", [".jsonl"], ContainerKind.Text, JsonLinesReader.Read) { ReadAt = JsonLinesReader.ReadAt },
    ];

    /// <summary>Extensions that are read, in lower case with their dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [.. Formats.SelectMany(format => format.Extensions)];

    /// <summary>Every readable file below folders that the user named; <paramref name="key"/> names the recipe's key in messages.</summary>
    /// <exception cref="UserInputException">Folders that are missing, empty or unreadable, all at once.</exception>
    public static IReadOnlyList<SourceFile> List(IReadOnlyList<string> sources, string key)
    {
        var listing = SourceListing.Of(sources, key);
        return listing.Problems.Count == 0 ? listing.Files : throw new UserInputException(listing.Problems);
    }

    /// <summary>Reads every document of one file; empty where a .jsonl file carries no text at all.</summary>
    /// <exception cref="RefusedDocumentException">Encrypted, damaged, hostile, or a format that is not read.</exception>
    /// <exception cref="UserInputException">The file itself cannot be opened.</exception>
    public static IEnumerable<SourceDocument> Read(string path) => Read(SourceFile.Single(path));

    /// <summary>Reads every document of one file, one at a time.</summary>
    /// <exception cref="RefusedDocumentException">Encrypted, damaged, hostile, or a format that is not read.</exception>
    /// <exception cref="UserInputException">The file itself cannot be opened.</exception>
    public static IEnumerable<SourceDocument> Read(SourceFile file) => FormatOf(file).Read(file);

    /// <summary>Reads one document again.</summary>
    public static SourceDocument ReadAt(SourceFile file, DocumentLocation location)
    {
        var format = FormatOf(file);
        return location.Line > 0 && format.ReadAt is { } readAt ? readAt(file, location) : format.Read(file).Single();
    }

    /// <summary>Reads Markdown that lies in memory, under a name.</summary>
    public static SourceDocument Markdown(string id, string text) => MarkdownReader.Parse(Encoding.UTF8.GetBytes(text), SourceFile.Single(id));

    private static DocumentFormat FormatOf(SourceFile file)
    {
        var format = Array.Find(Formats, format => format.Extensions.Contains(file.Extension))
            ?? throw new RefusedDocumentException(RefusalReason.UnsupportedFormat,
                $"{file.Path}: extension '{file.Extension}'; expected one of {string.Join(", ", Extensions)}. Convert the file first.");
        var container = ContainerSniffer.Of(file.Path);
        if (container == format.Container) return format;
        if (container == ContainerKind.Hwp3)
            throw new RefusedDocumentException(RefusalReason.Hwp3, $"{file.Path}: an HWP 3 file; expected HWP 5. Save it again in a newer word processor.");
        throw new RefusedDocumentException(RefusalReason.WrongExtension,
            $"{file.Path}: {ContainerSniffer.Describe(container)} under the extension '{file.Extension}'; expected {ContainerSniffer.Describe(format.Container)}. Give it the extension of what it is.");
    }
}
