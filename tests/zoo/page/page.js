// Shows what arrived: the style as applied, the picture as decoded, answers to
// fetch, in a table that the test reads.
const row = (what, value) => {
    const cells = [document.createElement('th'), document.createElement('td')];
    cells[0].textContent = what;
    cells[1].textContent = value;
    document.getElementById('found').insertRow().append(...cells);
};

const sum = async url => (await (await fetch(url)).text())
    .trim().split('\n').reduce((total, line) => total + Number(line), 0);

addEventListener('load', async () => {
    const picture = document.getElementById('picture');
    const about = await fetch('about.json');
    const many = await Promise.all(
        Array.from({ length: 40 }, (_, n) => sum('numbers?' + n)));
    const posted = await fetch('about.json', { method: 'POST', body: 'x' });

    row('colour', getComputedStyle(document.querySelector('h1')).color);
    row('picture', picture.naturalWidth > 0 && picture.complete);
    row('server', about.headers.get('Server') + ' for ' + (await about.json()).name);
    row('forty answers', new Set(many).size + ' sum of ' + many[0]);
    row('refused', posted.status);
    document.title = 'done';
});
