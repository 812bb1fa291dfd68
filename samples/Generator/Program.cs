using System.Text;
using Geobuk.Samples.Generator;

if (args.Length > 1 || args is [['-', ..]])
{
    Console.Error.WriteLine("usage: dotnet run --project samples/Generator [FOLDER]   (FOLDER: where to write, samples by default)");
    return 2;
}

var folder = args is [var given] ? given : "samples";
foreach (var name in new[] { "rulebook", "documents" })
    if (Directory.Exists(Path.Combine(folder, name))) Directory.Delete(Path.Combine(folder, name), recursive: true);
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var files = SampleGenerator.Generate().Select(file => (Path: file.Key, Content: utf8.GetBytes(file.Value)))
    .Concat(SampleGenerator.GenerateDocuments().Select(file => (Path: file.Key, Content: file.Value))).ToList();
foreach (var (path, content) in files)
{
    var target = Path.Combine(folder, path);
    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
    File.WriteAllBytes(target, content);
}
Console.WriteLine($"{files.Count} files written to {Path.GetFullPath(folder)}");
return 0;
