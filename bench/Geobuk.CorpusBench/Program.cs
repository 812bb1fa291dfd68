using Geobuk.CorpusBench;

return args switch
{
    ["agree", var samples, .. var rest] => Agreement.Run(samples, rest.Contains("--list")),
    ["laws", var folder, .. var rest] => LawAgreement.Run(folder, rest.Contains("--list")),
    ["text", .. var files] => Show(files),
    _ => Usage(),
};

static int Show(string[] files)
{
    foreach (var document in files.SelectMany(Geobuk.Corpus.Sources.DocumentReaders.Read))
    {
        Console.WriteLine($"== {document.Id} {document.Format} {document.Title} {document.Dates} {document.Law}");
        foreach (var block in document.Blocks) Console.WriteLine($"{block.Kind}{(block.Level > 0 ? block.Level : "")} {block.Zone} [{block.Path}] {block.Text}");
        foreach (var finding in document.Findings) Console.WriteLine($"! {finding}");
    }
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("Geobuk.CorpusBench agree FOLDER [--list]: the text of hwp-samples against each other, expected/ and hancom_html/");
    return 2;
}
