/* A browser starts no worker from a page that was opened from a disk, and the search is one: a hidden frame does its work.
   The theme knows by the name of the class that a frame is at work. */
class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    document.body.appendChild(this.frame);
    const inside = this.frame.contentWindow;
    const load = urls => urls.reduce((before, address) => before.then(() => new Promise(done => {
      const script = inside.document.createElement("script");
      script.src = address;
      script.onload = done;
      inside.document.body.appendChild(script);
    })), Promise.resolve());
    window.addEventListener("message", event => {
      if (event.source === inside) {
        this.dispatchEvent(new MessageEvent("message", { data: event.data }));
        if (this.onmessage) this.onmessage(event);
      }
    });
    inside.document.open();
    inside.document.write("<body></body>");
    inside.document.close();
    inside.eval("postMessage = data => parent.postMessage(data, '*')");
    inside.importScripts = (...urls) => load(urls);
    this.ready = load([url]);
  }

  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
  }

  terminate() {
    this.frame.remove();
  }
}

if (location.protocol === "file:") window.Worker = window.IFrameWorker = IFrameWorker;
