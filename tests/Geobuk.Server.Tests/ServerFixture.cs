using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests;

/// <summary>The tiny models, loaded once, and one server for all of them.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public const string Random = "random";
    public const string Reciting = "reciting";
    public const string Ending = "ending";
    public const string Endless = "endless";
    public const string WithoutTemplate = "without-template";

    /// <summary>Its template can be told not to think, and writes tools itself.</summary>
    public const string Thinking = "thinking";

    /// <summary>Its calls have no mark: they are JSON as any other.</summary>
    public const string Llama = "llama";

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-server-").FullName;
    private readonly List<ServedModel> _models = [];
    private RunningServer? _server;

    /// <summary>Loaded models, to build other servers over.</summary>
    internal IReadOnlyList<ServedModel> Models => _models;

    internal RunningServer Server => _server!;

    /// <summary>Where the model of that name lies.</summary>
    internal string FolderOf(string name) => Path.Combine(_folder, name);

    public async Task InitializeAsync()
    {
        Add(Random, folder => TinyModels.WriteRandom(folder));
        Add(Reciting, folder => TinyModels.WriteReciting(folder, TinyModels.Context));
        Add(Ending, folder => TinyModels.WriteReciting(folder, TinyModels.Context, endsAfterOneRound: true));
        Add(Endless, folder => TinyModels.WriteReciting(folder, TinyModels.LongContext));
        Add(WithoutTemplate, folder => TinyModels.WriteRandom(folder, withChatTemplate: false));
        Add(Thinking, folder => TinyModels.WriteRandom(folder, template: "chatml-thinking.jinja"));
        Add(Llama, folder => TinyModels.WriteRandom(folder, template: "llama3.jinja"));
        _server = await RunningServer.StartAsync(_models);
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var model in _models) model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Add(string name, Action<string> write)
    {
        var folder = FolderOf(name);
        Directory.CreateDirectory(folder);
        write(folder);
        _models.Add(ServedModel.Load(folder, new ServerOptions { Threads = 1 }));
    }
}
