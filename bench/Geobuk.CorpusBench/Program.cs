using Geobuk.CorpusBench;

return args switch
{
    ["agree", var samples, .. var rest] => Agreement.Run(samples, rest.Contains("--list")),
    ["laws", var folder, .. var rest] => LawAgreement.Run(folder, rest.Contains("--list")),
    ["speed", var folder, var extension] => Speed.Readers(folder, extension, 5),
    ["build", var tokenizer, .. var folders] when folders.Length > 0 => Speed.Build(folders, tokenizer),
    ["stages", var tokenizer, .. var folders] when folders.Length > 0 => Stages.Run(tokenizer, folders),
    ["citations", .. var folders] when folders.Length > 0 => Citations.Run([.. folders.Where(folder => folder != "--list")], folders.Contains("--list")),
    ["kept", .. var folders] when folders.Length > 0 => Cleaning.Kept(folders),
    ["signatures", var folder] => Cleaning.Speed(folder),
    ["as-of", var history, var day, var statutes] => Cleaning.AsOf(history, day, statutes),
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
    Console.Error.WriteLine("""
        Geobuk.CorpusBench agree FOLDER [--list]       text of hwp-samples: pairs, expected/, hancom_html/
        Geobuk.CorpusBench laws FOLDER [--list]        law.go.kr XML against its Markdown
        Geobuk.CorpusBench speed FOLDER .EXT           files a second of one format, at most 300 KB each
        Geobuk.CorpusBench build TOKENIZER FOLDER...   Markdown to packed tokens, megabytes a second and peak memory
        Geobuk.CorpusBench stages TOKENIZER FOLDER...  what each stage of that costs on one thread
        Geobuk.CorpusBench citations FOLDER... [--list]  citations of 조, 항 and 호 that resolve inside the set
        Geobuk.CorpusBench kept FOLDER...              articles that every cleaning together keeps
        Geobuk.CorpusBench signatures FOLDER           MinHash, language and quality, megabytes a second on one thread
        Geobuk.CorpusBench as-of HISTORY DAY FOLDER    laws rebuilt from their history against their files
        Geobuk.CorpusBench text FILE...                blocks of documents
        """);
    return 2;
}
