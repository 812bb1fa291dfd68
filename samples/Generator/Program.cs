using System.Text;
using Geobuk.Samples.Generator;

if (args.Length > 1 || args is [['-', ..]])
{
    Console.Error.WriteLine("usage: dotnet run --project samples/Generator [FOLDER]   (FOLDER: where to write, samples by default)");
    return 2;
}

var folder = args is [var given] ? given : "samples";
var rulebookFolder = Path.Combine(folder, "rulebook");
if (Directory.Exists(rulebookFolder)) Directory.Delete(rulebookFolder, recursive: true);
var files = SampleGenerator.Generate();
foreach (var (path, text) in files)
{
    var target = Path.Combine(folder, path);
    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
    File.WriteAllText(target, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
Console.WriteLine($"{files.Count} files written to {Path.GetFullPath(folder)}");
return 0;
