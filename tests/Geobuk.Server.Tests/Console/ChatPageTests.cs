using Geobuk.Server.Hosting;
using Microsoft.Playwright;

namespace Geobuk.Server.Tests.Console;

/// <summary>The chat page in a real browser: by keyboard, at 200 %, streaming, stopped, and waiting in the queue.</summary>
[Collection(ServerCollection.Name)]
public sealed class ChatPageTests(ServerFixture fixture)
{
    [SkippableFact]
    public async Task Ask_ByKeyboard_StreamsTheAnswerWithItsSpeed() => await WithPageAsync(new ServerOptions { Quiet = true }, async (page, _) =>
    {
        await page.SelectOptionAsync("#model", "ending");
        await page.FocusAsync("#input");
        await page.Keyboard.TypeAsync("휴가는 며칠입니까?");
        await page.Keyboard.PressAsync("Enter");

        var answer = page.Locator(".turn.assistant");
        await Assertions.Expect(answer.Locator(".text")).ToHaveTextAsync(TinyModels.Recitation);
        await Assertions.Expect(answer.Locator(".facts")).ToContainTextAsync("토큰/초");
        await Assertions.Expect(answer).ToHaveAttributeAsync("aria-busy", "false");
        Assert.Equal("ko", await page.Locator("html").GetAttributeAsync("lang"));
    });

    [SkippableFact]
    public async Task Stop_ByEscape_EndsTheGeneration() => await WithPageAsync(new ServerOptions { Quiet = true }, async (page, server) =>
    {
        await page.SelectOptionAsync("#model", "endless");
        await page.ClickAsync("#settings-toggle");
        await page.FillAsync("#max-tokens", "16000");
        await page.FillAsync("#input", "네?");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("답하는 중");
        await Assertions.Expect(page.Locator("#stop")).ToBeVisibleAsync();

        await page.Keyboard.PressAsync("Escape");

        await Assertions.Expect(page.Locator(".turn.assistant .facts")).ToContainTextAsync("중지함");
        await server.WaitForAsync(running: 0);
    });

    [SkippableFact]
    public async Task Waiting_ShowsThePlaceInTheQueue() => await WithPageAsync(new ServerOptions { Quiet = true, Parallel = 1, QueueNotice = TimeSpan.FromMilliseconds(200) }, async (page, server) =>
    {
        using var other = await server.OpenStreamAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""");
        await page.SelectOptionAsync("#model", "endless");
        await page.FillAsync("#input", "네?");
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("대기 순서 1번째");
        await page.ClickAsync("#stop");
    });

    [SkippableFact]
    public async Task At200Percent_NothingIsCutOffAndEveryControlIsReachedByTab() => await WithPageAsync(new ServerOptions { Quiet = true }, async (page, _) =>
    {
        // Half the window at twice the size is what zooming does.
        await page.SetViewportSizeAsync(640, 400);
        await page.ClickAsync("#settings-toggle");
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"));
        foreach (var control in new[] { "#input", "#send" }) Assert.True(await page.Locator(control).IsVisibleAsync(), control);
        await page.FocusAsync("#model");
        var reached = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("() => document.activeElement.id"));
        }
        Assert.Superset(new HashSet<string> { "clear", "settings-toggle", "temperature", "max-tokens", "seed", "api-key", "input", "send" }, reached);
    });

    private async Task WithPageAsync(ServerOptions options, Func<IPage, RunningServer, Task> test)
    {
        var chromium = Clients.Chromium();
        await using var server = await RunningServer.StartAsync(fixture.Models, options);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        await page.GotoAsync(server.Http.BaseAddress!.ToString());
        await page.WaitForFunctionAsync("() => document.querySelector('#model').options.length > 1");
        await test(page, server);
        Assert.Empty(faults);
    }
}
