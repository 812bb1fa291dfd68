using Geobuk.Corpus.Sources.Containers;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Exceptions;

namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>
/// PDF: words in reading order through columns, lines joined to paragraphs, tables by their gaps, running heads and page numbers
/// taken out of the text and kept as blocks. Read on a thread of its own, which is left behind where it takes too long.
/// </summary>
internal static class PdfReader
{
    private const int MostPages = 20_000, StackBytes = 16 << 20, DeepestNesting = 64;
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(20);

    /// <summary>Reads a document.</summary>
    public static SourceDocument Parse(byte[] bytes, SourceFile file)
    {
        SourceDocument? document = null;
        Exception? fault = null;
        var deadline = LeastTime + TimeSpan.FromSeconds(bytes.Length / (double)(1 << 19));
        using var stop = new CancellationTokenSource(deadline);
        var thread = new Thread(() =>
        {
            try
            {
                document = Read(bytes, file, stop.Token);
            }
            catch (Exception e)
            {
                fault = e;
            }
        }, StackBytes)
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(deadline + TimeSpan.FromSeconds(2)) || fault is OperationCanceledException)
            throw new RefusedDocumentException(RefusalReason.TooSlow, $"{file.Path}: takes more than {deadline.TotalSeconds:0} s to read; expected less. Print it to PDF again.");
        if (fault is null) return document!;
        throw fault switch
        {
            RefusedDocumentException refusal => refusal,
            PdfDocumentEncryptedException => new RefusedDocumentException(RefusalReason.Encrypted, $"{file.Path}: encrypted with a password; expected an open document. Save it without protection.", fault),
            OutOfMemoryException => new RefusedDocumentException(RefusalReason.TooLarge, $"{file.Path}: takes more memory than there is; expected less. Split the document.", fault),
            _ => new RefusedDocumentException(RefusalReason.Damaged, $"{file.Path}: {fault.Message.Split('\n')[0].TrimEnd('.')}; expected a whole PDF. Print it to PDF again.", fault),
        };
    }

    private static SourceDocument Read(byte[] bytes, SourceFile file, CancellationToken stop)
    {
        var options = new ParsingOptions
        {
            UseLenientParsing = true,
            SkipMissingFonts = true,
            MaxStackDepth = DeepestNesting,
            FilterProvider = new BoundedFilters(new UnpackBudget(file.Path, bytes.Length)),
        };
        using var pdf = PdfDocument.Open(bytes, options);
        if (pdf.NumberOfPages > MostPages)
            throw new RefusedDocumentException(RefusalReason.TooLarge, $"{file.Path}: {pdf.NumberOfPages} pages; expected at most {MostPages}. Split the document.");
        var pages = new List<PdfPageText>();
        var pictures = 0;
        for (var number = 1; number <= pdf.NumberOfPages; number++)
        {
            stop.ThrowIfCancellationRequested();
            var page = pdf.GetPage(number);
            var words = page.GetWords().Select(PdfWord.Of).Where(word => word.Text.Length > 0).ToList();
            if (words.Count == 0 && page.NumberOfImages > 0) pictures++;
            pages.Add(new PdfPageText(number, page.Height, PdfLayout.Lines(words)));
        }
        if (pages.TrueForAll(page => page.Lines.Count == 0))
            throw new RefusedDocumentException(RefusalReason.NoText, $"{file.Path}: {pdf.NumberOfPages} pages without text; expected some. Recognise the text of a scan first.");
        var parts = new DocumentParts(file, "pdf", bytes.Length) { Title = pdf.Information.Title is { Length: > 0 } title ? title : null };
        PdfRunningHeads.Remove(pages, parts);
        foreach (var page in pages) PdfParagraphs.Add(page, parts);
        if (pictures > 0) parts.Findings.Add(Finding.OfDocument("pages_without_text", $"{pictures} pages hold pictures and no text"));
        return parts.ToDocument();
    }
}
